import type { Page } from "playwright-core";

/** Share of the window's pixels with an OKLCH chroma over 0.06: what catches the eye. */
export async function colouredShare(page: Page): Promise<number> {
  const picture = (await page.screenshot()).toString("base64");
  const sheet = await page.context().newPage();
  try {
    return await sheet.evaluate(measure, picture);
  } finally {
    await sheet.close();
  }
}

/** Runs inside the page: no closures, no imports. */
async function measure(picture: string): Promise<number> {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const linear = (byte: number) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  let coloured = 0;
  for (let at = 0; at < data.length; at += 4) {
    const r = linear(data[at] ?? 0);
    const g = linear(data[at + 1] ?? 0);
    const b = linear(data[at + 2] ?? 0);
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    const green = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    const blue = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
    if (Math.hypot(green, blue) > 0.06) coloured += 1;
  }
  return coloured / (data.length / 4);
}
