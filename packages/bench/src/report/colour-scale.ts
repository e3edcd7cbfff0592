type Rgb = readonly [red: number, green: number, blue: number];

/** The colour at a place of a scale, 0 to 1, as red, green and blue of 0 to 255. @param stops at least two, as `#rrggbb`, at even distances */
export function colourAt(stops: readonly string[], at: number): Rgb {
  const place = Math.min(Math.max(at, 0), 1) * (stops.length - 1);
  const from = Math.min(Math.floor(place), stops.length - 2);
  const [a, b] = [rgbOf(stops[from]!), rgbOf(stops[from + 1]!)];
  const mix = (i: 0 | 1 | 2) => a[i] + (b[i] - a[i]) * (place - from);
  return [mix(0), mix(1), mix(2)];
}

/** Of black and white, what can be read better on a colour. */
export function inkOn(colour: Rgb): string {
  const ground = luminance(colour);
  const [dark, light] = ['#000000', '#ffffff'] as const;
  return contrast(luminance(rgbOf(dark)), ground) >= contrast(luminance(rgbOf(light)), ground) ? dark : light;
}

/** How far two luminances are apart, as WCAG 2 has it: 4.5 is enough for text. */
export function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** How bright a colour is, 0 to 1, as WCAG 2 has it. */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function rgbOf(hex: string): Rgb {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}
