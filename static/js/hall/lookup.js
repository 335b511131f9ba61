// The list in the order of names, as a few long texts: a word is found in them without reading each
// row. Made in idle time, in pieces that are short even on a cheap phone; what changes later is kept
// beside it and read row by row.

const SLICE = 1000; // rows to a piece of work
const IDLE = 20; // ms that must be left for a piece
const PATIENCE = 200; // ms until one is made although the page has work
const MANY = 200; // changed rows from which another lookup is worth its making
const STANDING = new Set(["confirmed", "waitlisted", "late"]);
export const GONE = new Set(["replaced", "withdrawn"]); // found last, answered as their code would be

export const inOrder = (a, b) => (a.k < b.k ? -1 : a.k > b.k ? 1 : a.id - b.id);

/** standing, gone, or "" for who is not found by name. */
export const partOf = ({ s }) => (STANDING.has(s) ? "standing" : GONE.has(s) ? "gone" : "");

const idle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: PATIENCE }) : setTimeout(work));

/** One text of each of `rows`, all in one string. */
class Column {
  constructor(rows) {
    Object.assign(this, { rows, text: "", pieces: [], starts: new Int32Array(rows.length + 1) });
  }

  /** `part`: "f" the names, "g" the tên, "a" names and units. */
  * make(part) {
    const { rows, starts, pieces } = this;
    for (let at = 0; at < rows.length; at += SLICE) {
      const texts = rows.slice(at, at + SLICE).map((row) => row[part]);
      texts.forEach((text, index) => { starts[at + index + 1] = starts[at + index] + text.length + 1; });
      pieces.push(texts.join("\n"));
      yield;
    }
    this.text = pieces.join("\n");
    this.pieces = [];
  }

  /** The first row from `row` on that has `term`. */
  next(term, row) {
    const { text, starts } = this;
    const at = text.indexOf(term, starts[row]);
    if (at === -1) return this.rows.length;
    let found = row;
    while (starts[found + 1] <= at) found += 1;
    return found;
  }

  /** Who has every term, in their order: each term leaps to where the others may stand. */
  * having(terms) {
    for (let row = 0; row < this.rows.length; row += 1) {
      let before;
      do {
        before = row;
        for (const term of terms) row = this.next(term, row);
      } while (row !== before && terms.length > 1);
      if (row < this.rows.length) yield this.rows[row];
    }
  }
}

/** `standing` and `gone`: {given, name, all} columns of those rows, in the order of names. */
class Lookup {
  constructor(rows) {
    this.isReady = false;
    this.work = this.make(rows);
  }

  * make(given) {
    let rows = given.filter(partOf);
    for (let size = SLICE, isLast = false; !isLast; size *= 4) { // what is sorted already is only joined
      isLast = size >= rows.length;
      const sorted = [];
      for (let at = 0; at < rows.length; at += size) {
        rows.slice(at, at + size).sort(inOrder).forEach((row) => sorted.push(row));
        yield;
      }
      rows = sorted;
    }
    for (const part of ["standing", "gone"]) yield* this.makePart(part, rows.filter((row) => partOf(row) === part));
    this.isReady = true;
  }

  * makePart(part, rows) {
    this[part] = { given: new Column(rows), name: new Column(rows), all: new Column(rows) };
    yield* this[part].given.make("g");
    yield* this[part].name.make("f");
    yield* this[part].all.make("a");
  }

  /** One piece of the work: → whether it is done. */
  step() {
    this.work.next();
    return this.isReady;
  }
}

/** What searching has of the roster's `people`: the last lookup, and who changed since. */
export class Lookups {
  constructor(people) {
    Object.assign(this, { people, made: null, next: null, since: new Map(), isWarming: false });
    this.fresh = new Map(); // id → row, not as it is in the lookup that was made
  }

  /** Before `row` takes the place of `before`, if there was one. */
  changed(before, row) {
    const isNew = !before || this.fresh.has(row.id) || before.k !== row.k || before.a !== row.a || partOf(before) !== partOf(row);
    if (isNew && this.made) this.fresh.set(row.id, row);
    if (isNew && this.next) this.since.set(row.id, row);
  }

  removed(id) {
    this.fresh.delete(id);
    this.since.delete(id);
  }

  /** The person whom a row of the lookup shows, null when that is another now. */
  current(row) { return this.fresh.has(row.id) ? null : this.people.get(row.id) || null; }

  step() {
    if (!this.next) [this.next, this.since] = [new Lookup([...this.people.values()]), new Map()];
    if (!this.next.step()) return;
    [this.made, this.fresh, this.next] = [this.next, this.since, null];
  }

  ready() {
    while (!this.made) this.step();
    return this.made;
  }

  /** In pieces while nobody waits for it, where there is none or much has changed. */
  warm() {
    const isDue = () => !this.made || this.next !== null || this.fresh.size > MANY;
    if (this.isWarming || !isDue()) return;
    this.isWarming = true;
    const work = (deadline) => {
      let [isMore, left] = [isDue(), true];
      while (isMore && left) {
        this.step();
        [isMore, left] = [isDue(), deadline !== undefined && deadline.timeRemaining() > IDLE];
      }
      this.isWarming = isMore;
      if (isMore) idle(work);
    };
    idle(work);
  }
}
