/// <reference lib="dom" />
/**
 * Colours, as the style sheet names them, and one hue per phase.
 *
 * @module
 */

/** Phases of starts are told apart; what is not known takes a hue by its name. */
const HUES: Record<string, number> = {
  process_start: 205,
  process_exit: 205,
  boot: 185,
  import: 217,
  gc: 352,
  child: 24,
  config: 168,
  tokenizer: 292,
  weights: 140,
  compile: 46,
  kv_cache: 262,
  warmup: 325,
  graph_capture: 12,
  worker: 96,
  http: 190,
};

/** @returns In degrees. */
export function hueOf(phase: string): number {
  const known = Object.hasOwn(HUES, phase) ? HUES[phase] : undefined;
  if (known !== undefined) return known;
  let hash = 0;
  for (const character of phase) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return (hash * 47) % 360;
}

export interface Palette {
  /** What the style sheet has: `ink`, `line` ... */
  color: (name: string) => string;
  fill: (phase: string, isOnPath: boolean) => string;
  hatch: CanvasPattern | string;
}

/** @returns The colours of the scheme that the page is in now. */
export function paletteOf(context: CanvasRenderingContext2D): Palette {
  const style = getComputedStyle(document.documentElement);
  const colors: Map<string, string> = new Map();
  const color = (name: string) => {
    const known = colors.get(name);
    if (known !== undefined) return known;
    const value = style.getPropertyValue(`--${name}`).trim();
    colors.set(name, value);
    return value;
  };
  const [on, off] = [color("on-path"), color("off-path")];
  const fills: Map<string, string> = new Map();
  return {
    color,
    fill(phase, isOnPath) {
      const key = (isOnPath ? "+" : "-") + phase;
      const known = fills.get(key);
      if (known !== undefined) return known;
      const value = `hsl(${hueOf(phase)} ${isOnPath ? on : off})`;
      fills.set(key, value);
      return value;
    },
    hatch: hatchOf(context, color("gap")),
  };
}

function hatchOf(context: CanvasRenderingContext2D, color: string): CanvasPattern | string {
  const size = 7;
  const tile = document.createElement("canvas");
  const scale = 2;
  tile.width = tile.height = size * scale;
  const pen = tile.getContext("2d");
  if (!pen) return color;
  pen.scale(scale, scale);
  pen.strokeStyle = color;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const x of [-size, 0, size]) {
    pen.moveTo(x, size);
    pen.lineTo(x + size, 0);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern ?? color;
}
