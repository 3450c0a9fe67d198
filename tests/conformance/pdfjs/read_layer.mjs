// Print, as JSON, what a reader of pdf.js selects in a browser: every word of the text layer of
// every page, with the rectangle that Chromium highlights for it, and the text of the selection.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const [pdfPath, browserPath] = process.argv.slice(2);
const library = join(dirname(fileURLToPath(import.meta.url)), "node_modules", "pdfjs-dist");
const types = { ".mjs": "text/javascript", ".css": "text/css", ".pdf": "application/pdf" };

const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  if (path === "/") {
    response.setHeader("Content-Type", "text/html");
    response.end('<!doctype html><link rel="stylesheet" href="/web/pdf_viewer.css"><body style="margin:0">');
    return;
  }
  try {
    const content = await readFile(path === "/document.pdf" ? pdfPath : join(library, path));
    response.setHeader("Content-Type", types[extname(path)] ?? "application/octet-stream");
    response.end(content);
  } catch {
    response.statusCode = 404;
    response.end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${server.address().port}`;

const browser = await puppeteer.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
try {
  const tab = await browser.newPage();
  await tab.goto(address);
  const pages = await tab.evaluate(async () => {
    const pdfjs = await import("/build/pdf.mjs");
    pdfjs.GlobalWorkerOptions.workerSrc = "/build/pdf.worker.mjs";
    const pdf = await pdfjs.getDocument({ url: "/document.pdf" }).promise;
    const results = [];
    for (let number = 1; number <= pdf.numPages; number++) {
      const page = await pdf.getPage(number);
      const viewport = page.getViewport({ scale: 1.5 });
      const outer = document.createElement("div");
      outer.className = "page";
      outer.style.cssText = `position:relative;border:0;margin:0;width:${viewport.width}px;height:${viewport.height}px;
        --scale-round-x:1px;--scale-round-y:1px;--scale-factor:1.5;--user-unit:${viewport.userUnit};--total-scale-factor:calc(var(--scale-factor) * var(--user-unit))`;
      const container = document.createElement("div");
      container.className = "textLayer";
      outer.append(container);
      document.body.replaceChildren(outer);
      await new pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container, viewport }).render();
      const origin = outer.getBoundingClientRect();
      const words = [];
      const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        for (const match of walker.currentNode.data.matchAll(/\S+/gu)) {
          const range = document.createRange();
          range.setStart(walker.currentNode, match.index);
          range.setEnd(walker.currentNode, match.index + match[0].length);
          const box = range.getBoundingClientRect();
          words.push({
            text: match[0],
            box: [(box.left - origin.left) / origin.width, (box.top - origin.top) / origin.height,
              (box.right - origin.left) / origin.width, (box.bottom - origin.top) / origin.height],
          });
        }
      }
      getSelection().selectAllChildren(container);
      results.push({ words, selected: getSelection().toString() });
    }
    return results;
  });
  process.stdout.write(JSON.stringify(pages));
} finally {
  await browser.close();
  server.close();
}
