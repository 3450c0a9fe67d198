// Print, as JSON, what pdf.js's getTextContent says of every page of a PDF:
// items with their string, matrix in displayed coordinates (y downwards), width and height.
import { readFile } from "node:fs/promises";
import { getDocument, Util, VerbosityLevel } from "pdfjs-dist/legacy/build/pdf.mjs";

const data = new Uint8Array(await readFile(process.argv[2]));
const task = getDocument({ data, verbosity: VerbosityLevel.ERRORS });
const pdf = await task.promise;
const pages = [];
for (let number = 1; number <= pdf.numPages; number++) {
  const page = await pdf.getPage(number);
  const viewport = page.getViewport({ scale: 1 });
  const content = await page.getTextContent({ disableNormalization: true });
  const items = content.items.map((item) => ({
    str: item.str,
    eol: item.hasEOL,
    matrix: Util.transform(viewport.transform, item.transform),
    width: item.width * (viewport.scale * viewport.userUnit),
    ascent: content.styles[item.fontName].ascent,
  }));
  pages.push({ width: viewport.width, height: viewport.height, items });
}
await task.destroy();
process.stdout.write(JSON.stringify(pages));
