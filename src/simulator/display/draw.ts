/** Pictures of simulated screens: the boot logo, the desktop, the security screen. */
import { Canvas } from "./canvas.ts";
import { closeButton, type DesktopState, LAYOUT, notepadBox, startButton } from "./desktop.ts";
import { LETTER_WIDTH, LINE_HEIGHT } from "./font.ts";

const COLOR = {
  wallpaper: 0x1f5f8b,
  taskbar: 0x14202b,
  light: 0xf3f3f3,
  edge: 0x606060,
  title: 0x2d7dd2,
  close: 0xc42b1c,
  icon: 0xffd166,
  counter: 0x06a77d,
  dark: 0x101010,
  locked: 0x003a70,
} as const;

const SCALE = 2;

/** A screen's size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Power is on, but no system is up. */
export function drawBoot(size: Size): Canvas {
  const canvas = new Canvas(size.width, size.height);
  const x = Math.floor(size.width / 2) - 32;
  const y = Math.floor(size.height / 2) - 32;
  for (const [dx, dy] of [[0, 0], [34, 0], [0, 34], [34, 34]] as const) {
    canvas.fill({ x: x + dx, y: y + dy, width: 30, height: 30 }, 0x00a4ef);
  }
  return canvas;
}

/** A desktop. `status` is what the taskbar says at its right end. */
export function drawDesktop(size: Size, state: DesktopState, status: string): Canvas {
  const canvas = new Canvas(size.width, size.height);
  if (state.locked) {
    canvas.fill({ x: 0, y: 0, ...size }, COLOR.locked);
    canvas.write("Lock   Sign out   Task Manager", { x: 80, y: 80, scale: 3 }, COLOR.light);
    return drawPointer(canvas, state);
  }
  canvas.fill({ x: 0, y: 0, ...size }, COLOR.wallpaper);
  canvas.frame(LAYOUT.icon, COLOR.icon, COLOR.edge);
  canvas.write("Note", { x: LAYOUT.icon.x + 12, y: LAYOUT.icon.y + 28 }, COLOR.dark);
  canvas.frame(LAYOUT.counter, COLOR.counter, COLOR.light);
  canvas.write(`Count ${state.count}`, { x: LAYOUT.counter.x + 8, y: LAYOUT.counter.y + 16 }, COLOR.light);
  if (state.notepad.open) drawNotepad(canvas, state);
  drawTaskbar(canvas, state, status);
  return drawPointer(canvas, state);
}

function drawNotepad(canvas: Canvas, state: DesktopState): void {
  const box = notepadBox(state.notepad);
  const close = closeButton(state.notepad);
  canvas.frame(box, COLOR.light, COLOR.edge);
  canvas.fill({ ...box, height: LAYOUT.notepad.title }, state.focused ? COLOR.title : COLOR.edge);
  canvas.write("Notepad", { x: box.x + 8, y: box.y + 6 }, COLOR.light);
  canvas.fill(close, COLOR.close);
  canvas.write("x", { x: close.x + 8, y: close.y + 6 }, COLOR.light);
  const columns = Math.floor((box.width - 16) / (LETTER_WIDTH * SCALE));
  const rows = Math.floor((box.height - LAYOUT.notepad.title - 16) / (LINE_HEIGHT * SCALE));
  const lines = wrapped(state.text, columns);
  const first = Math.max(0, lines.length - rows - state.notepad.scroll);
  lines.slice(first, first + rows).forEach((line, n) => {
    const y = box.y + LAYOUT.notepad.title + 8 + n * LINE_HEIGHT * SCALE;
    canvas.write(line, { x: box.x + 8, y, scale: SCALE }, COLOR.dark);
  });
}

function drawTaskbar(canvas: Canvas, state: DesktopState, status: string): void {
  const { width, height } = canvas;
  const y = height - LAYOUT.taskbar;
  canvas.fill({ x: 0, y, width, height: LAYOUT.taskbar }, COLOR.taskbar);
  canvas.fill(startButton(canvas), state.menu ? COLOR.title : COLOR.edge);
  canvas.write("Start", { x: 10, y: y + 12 }, COLOR.light);
  canvas.write(status, { x: width - 12 - status.length * LETTER_WIDTH * SCALE, y: y + 12 }, COLOR.light);
  if (!state.menu) return;
  const menu = { x: 0, y: y - LAYOUT.menu.height, ...LAYOUT.menu };
  canvas.frame(menu, COLOR.light, COLOR.edge);
  ["Notepad", "Settings", "Power"].forEach((entry, n) =>
    canvas.write(entry, { x: 16, y: menu.y + 16 + n * 40 }, COLOR.dark)
  );
}

function drawPointer(canvas: Canvas, { pointer: { x, y } }: DesktopState): Canvas {
  for (let row = 0; row < 14; row++) {
    canvas.fill({ x, y: y + row, width: Math.max(1, 10 - row), height: 1 }, COLOR.light);
    canvas.fill({ x, y: y + row, width: 1, height: 1 }, COLOR.dark);
  }
  return canvas;
}

/** Lines of at most so many letters. */
function wrapped(text: string, columns: number): string[] {
  return text.replaceAll("\t", "    ").split("\n").flatMap((line) => {
    const parts: string[] = [];
    for (let from = 0; from === 0 || from < line.length; from += columns) {
      parts.push(line.slice(from, from + columns));
    }
    return parts;
  });
}
