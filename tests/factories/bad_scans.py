"""Files that must not be taken, or must do no harm: each a real one, made here."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pikepdf
import pillow_heif
from PIL import Image, ImageDraw

MARK = b"<script>alert('original')</script>"  # must never be in what is kept


def picture(width: int = 900, height: int = 1200, mode: str = "RGB") -> Image.Image:
    """A page with a black bar along its top."""
    page = Image.new(mode, (width, height), "white" if mode != "I;16" else 65_535)
    black = 4_000 if mode == "I;16" else 0  # dark of 65,535, but not of 255
    ImageDraw.Draw(page).rectangle([0, 0, width, height // 10], fill=black)
    return page


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of this kind."""
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_orientation(image: Image.Image, orientation: int, kind: str) -> bytes:
    """A file that says how it is to be turned before it is shown, and where it was taken."""
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010E] = MARK.decode()
    return saved(image, kind, exif=told.tobytes())


def pdf(pages: int = 1, **options: object) -> bytes:
    """Empty A4 pages."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(595, 842))
    file = io.BytesIO()
    document.save(file, **options)
    return file.getvalue()


def locked_pdf() -> bytes:
    return pdf(encryption=pikepdf.Encryption(user="bí mật", owner="bí mật"))


def pdf_with_image(picture_bytes: bytes, entries: dict[str, object], filters: list[str]) -> bytes:
    """A page that draws one image with these stream bytes as they are."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    image = pikepdf.Stream(document, picture_bytes)
    for name, value in entries.items():
        image[f"/{name}"] = value
    image["/Type"], image["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
    image["/Filter"] = pikepdf.Array([pikepdf.Name(name) for name in filters])
    page = document.pages[0]
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.Contents = pikepdf.Stream(document, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    file = io.BytesIO()
    document.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file.getvalue()


def packed_zeros(megabytes: int) -> bytes:
    """A zlib stream of zeros, made from one packed megabyte repeated."""
    packer = zlib.compressobj(9)
    start = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * (megabytes - 1) + packer.flush()


def image_bomb_pdf(side: int) -> bytes:
    """A grey image of so many points a side (60,000: 3.6 GB of zeros), packed twice."""
    twice = zlib.compress(packed_zeros(side * side // 2**20 + 1), 9)
    entries = {"Width": side, "Height": side, "BitsPerComponent": 8}
    entries["ColorSpace"] = pikepdf.Name.DeviceGray
    return pdf_with_image(twice, entries, ["/FlateDecode", "/FlateDecode"])


def content_bomb_pdf() -> bytes:
    """Page instructions that unpack to 3.5 GB."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    stream = pikepdf.Stream(document, zlib.compress(packed_zeros(3_500), 9))
    stream["/Filter"] = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    document.pages[0].Contents = stream
    file = io.BytesIO()
    document.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file.getvalue()


def nested_pdf() -> bytes:
    """Forms that call each other ten times each, eight deep: a hundred million drawings."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    inner = pikepdf.Stream(document, b"0 0 500 700 re f " * 10)
    for _ in range(8):
        inner["/Type"], inner["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        inner["/BBox"] = pikepdf.Array([0, 0, 595, 842])
        outer = pikepdf.Stream(document, b"/F Do " * 10)
        outer["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
        inner = outer
    page = document.pages[0]
    page.Resources = inner["/Resources"]
    page.Contents = pikepdf.Stream(document, b"/F Do " * 10)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def giant_page_pdf() -> bytes:
    """A page of five kilometres by seven."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(14_400, 14_400))
    document.pages[0].MediaBox = pikepdf.Array([0, 0, 14_400_000, 20_000_000])
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def calling_pdf(address: str) -> bytes:
    """Scripts, a form to send, a stream and an image kept elsewhere: all name this address."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    name, string = pikepdf.Name, pikepdf.String
    script = f"app.launchURL('{address}/script'); this.submitForm('{address}/form');"
    place = pikepdf.Dictionary(FS=name.URL, F=string(f"{address}/stream"))
    elsewhere = pikepdf.Stream(document, b"")
    elsewhere["/F"], elsewhere["/Type"], elsewhere["/Subtype"] = place, name.XObject, name.Image
    elsewhere["/Width"], elsewhere["/Height"], elsewhere["/BitsPerComponent"] = 8, 8, 8
    elsewhere["/ColorSpace"] = name.DeviceGray
    root, page = document.Root, document.pages[0]
    root.OpenAction = pikepdf.Dictionary(S=name.JavaScript, JS=string(script))
    root.AA = pikepdf.Dictionary(WC=pikepdf.Dictionary(S=name.JavaScript, JS=string(script)))
    page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=name.URI, URI=string(f"{address}/uri")))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=elsewhere))
    page.Contents = pikepdf.Stream(document, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, packed: bytes, extra: bytes = b"") -> bytes:
    """A grey PNG with these sizes in its header and these packed bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + extra
    return start + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """20,000 × 20,000 points of zeros in some 400 KB."""
    return png(20_000, 20_000, packed_zeros(382))


def png_text_bomb() -> bytes:
    """A small picture whose comment unpacks to 1 GB."""
    comment = _chunk(b"zTXt", b"Comment\0\0" + packed_zeros(1_000))
    return png(900, 1200, zlib.compress(bytes(901 * 1200)), comment)


def animated_png() -> bytes:
    return saved(picture(), "PNG", save_all=True, append_images=[picture().rotate(180)])


def docx() -> bytes:
    return _zipped({"[Content_Types].xml": b"", "word/document.xml": MARK})


def zip_file() -> bytes:
    return _zipped({"ban-ky.jpg": saved(picture(), "JPEG")})


def _zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()
