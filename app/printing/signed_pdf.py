"""A digital signature on a letter (PAdES, ISO 32000-2): visible block where the seal would be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from app.core.errors import DomainError
from app.printing import nd30
from app.printing.compiler import compile_pdf
from app.printing.fonts import load_fonts
from app.printing.linebreak import clean

FIELD = "ChuKySo"
BLOCK = {"width": 78.0, "height": 20.0}  # mm, between title and name
SIGNATURE_BYTES = 4_000  # attributes and signature; the certificates come on top
GAP = 2.0  # mm below the title


class NoPlaceToSign(DomainError):
    """The letter has no signer's title under which to sign."""

    status = 422


@dataclass(frozen=True)
class Spot:
    """Left, bottom, right, top of the visible block in points of the page, counted from below."""

    box: tuple[float, float, float, float]
    page: int = 0


def spot_below(pdf: bytes, title: str) -> Spot:
    """The space for the signature under the last line of the signer's title.

    Raises NoPlaceToSign.
    """
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        words = document[0].get_textpage()
        found = None
        search = words.search(clean(title), match_case=True)
        while (hit := search.get_next()) is not None:
            found = hit
        if found is None:
            raise NoPlaceToSign(f"Giấy mời không có dòng “{title}” để ký bên dưới.")
        start, count = found
        bottom = min(words.get_charbox(at)[1] for at in range(start, start + count))
    centre = nd30.END["sign_centre"] / nd30.MM_PER_PT
    half = BLOCK["width"] / 2 / nd30.MM_PER_PT
    top = bottom - GAP / nd30.MM_PER_PT
    return Spot((centre - half, top - BLOCK["height"] / nd30.MM_PER_PT, centre + half, top))


def signature_block(lines: tuple[str, ...], fonts_dir: Path | None = None) -> bytes:
    """The picture of the block as a PDF of one small page."""
    fonts = load_fonts(fonts_dir)
    texts = [clean(line) for line in lines]
    fonts.check(texts)
    return compile_pdf("signature_block.typ", {"lines": texts, "block": BLOCK}, fonts)


def signer_of(pkcs12: bytes, password: bytes) -> Any:
    """A signer of pyHanko that keeps its key: pyHanko reads and checks the key anew for every
    signature, which is a third of a letter's time. Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import pkcs12 as reader
    from pyhanko.sign import signers
    from pyhanko.sign.general import get_pyca_cryptography_hash

    key = reader.load_key_and_certificates(pkcs12, password or None)[0]

    class Keeper(signers.SimpleSigner):
        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
            if isinstance(key, RSAPrivateKey) and mechanism.signature_algo == "rsassa_pkcs1v15":
                return key.sign(data, PKCS1v15(), get_pyca_cryptography_hash(digest_algorithm))
            return super().sign_raw(data, digest_algorithm)

    signer = Keeper.load_pkcs12_data(pkcs12, other_certs=[], passphrase=password)
    if signer is None:
        raise ValueError("no signing file")
    return signer


def sign_pdf(
    pdf: bytes, signer: Any, spot: Spot, block: bytes, *, name: str, reason: str, place: str,
    at: datetime,
) -> bytes:  # fmt: skip
    """The PDF with one PAdES signature added; ``signer``: of pyHanko; ``at``: when, aware."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.stamp import StaticStampStyle

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason, name=name, location=place,
    )  # fmt: skip

    class Pen(signers.PdfSigner):
        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at
            return session

    pen = Pen(
        metadata, signer,
        stamp_style=StaticStampStyle(background=_drawn(block), border_width=0),
        new_field_spec=fields.SigFieldSpec(FIELD, on_page=spot.page, box=_whole(spot.box)),
    )  # fmt: skip
    target = BytesIO()
    pen.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)), output=target, bytes_reserved=_room(signer)
    )
    return target.getvalue()


def _room(signer: Any) -> int:
    """Hexadecimal digits for the signature: pyHanko would make each one twice to measure it."""
    certificates = [signer.signing_cert, *signer.cert_registry]
    return 2 * (SIGNATURE_BYTES + sum(len(one.dump()) for one in certificates))


def _whole(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    left, bottom, right, top = (round(one) for one in box)
    return left, bottom, right, top


def _drawn(block: bytes) -> Any:
    """The block as content that pyHanko lays into the signature's field."""
    import binascii
    import uuid

    from pyhanko.pdf_utils.content import ImportedPdfPage
    from pyhanko.pdf_utils.layout import BoxConstraints
    from pyhanko.pdf_utils.reader import PdfFileReader

    class Drawn(ImportedPdfPage):
        def render(self) -> bytes:
            page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(block)))
            name = b"/Block" + binascii.hexlify(uuid.uuid4().bytes)
            self.resources.xobject[name.decode("ascii")] = page
            left, bottom, right, top = page.get_object()["/BBox"]
            self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
            return name + b" Do"

    return Drawn("")
