/**
 * A desktop that reacts: a notepad that takes text, a button that counts, an icon, a start menu, a security screen.
 * Keys and clicks wait in a buffer, as they do in a real guest, and are done one after the other.
 */
import type { Ms } from "../../model/ids.ts";
import { type Box, inside } from "./canvas.ts";
import { textOfKey, VK } from "./keys.ts";

/** What a keyboard or mouse does. */
export type Input =
  | { readonly do: "text"; readonly text: string }
  | { readonly do: "key"; readonly code: number; readonly down: boolean }
  | { readonly do: "ctrl-alt-del" }
  | { readonly do: "move"; readonly x: number; readonly y: number }
  | { readonly do: "button"; readonly button: number; readonly down: boolean }
  | { readonly do: "scroll"; readonly delta: number };

/** What is on the desktop; everything a picture shows. */
export interface DesktopState {
  readonly pointer: { readonly x: number; readonly y: number };
  readonly notepad: {
    readonly open: boolean;
    readonly x: number;
    readonly y: number;
    readonly scroll: number;
  };
  readonly text: string;
  readonly focused: boolean;
  readonly count: number;
  readonly menu: boolean;
  readonly locked: boolean;
}

/** Where things are, in pixels from the top left; the taskbar lies at the bottom. */
export const LAYOUT = {
  icon: { x: 24, y: 24, width: 72, height: 72 },
  counter: { x: 24, y: 128, width: 120, height: 48 },
  notepad: { width: 560, height: 360, title: 28 },
  taskbar: 40,
  start: { x: 0, width: 80 },
  menu: { width: 200, height: 160 },
} as const;

const EMPTY: DesktopState = {
  pointer: { x: 0, y: 0 },
  notepad: { open: true, x: 200, y: 80, scroll: 0 },
  text: "",
  focused: true,
  count: 0,
  menu: false,
  locked: false,
};

/** How much a guest's keyboard holds before it refuses more. */
const BUFFER_SIZE = 512;
const LONGEST_TEXT = 100_000;

/** The desktop of one guest. */
export class Desktop {
  #state = EMPTY;
  #buffer: { readonly at: Ms; readonly input: Input }[] = [];
  #down = new Set<number>();
  /** Where in the title bar the notepad is held. */
  #grip: { readonly x: number; readonly y: number } | undefined;
  /** A click counts only after the pointer has moved. */
  #moved = false;

  /** The same desktop, for another guest to go on with. */
  copy(): Desktop {
    const copy = new Desktop();
    copy.#state = this.#state;
    copy.#buffer = [...this.#buffer];
    copy.#down = new Set(this.#down);
    copy.#grip = this.#grip;
    copy.#moved = this.#moved;
    return copy;
  }

  /** What it shows now. */
  state(now: Ms, size: { height: number }): DesktopState {
    while (this.#buffer[0] !== undefined && this.#buffer[0].at <= now) {
      const entry = this.#buffer.shift();
      if (entry !== undefined) this.#take(entry.input, size);
    }
    return this.#state;
  }

  /** Queues input, each piece `eachMs` after the one before. `false`: the buffer is full, nothing was taken. */
  queue(inputs: readonly Input[], now: Ms, eachMs: Ms): boolean {
    const left = this.#buffer.filter(({ at }) => at > now).length;
    if (left + inputs.length > BUFFER_SIZE) return false;
    let at = Math.max(now, this.#buffer.at(-1)?.at ?? 0);
    for (const input of inputs) {
      at += eachMs;
      this.#buffer.push({ at, input });
    }
    return true;
  }

  #take(input: Input, size: { height: number }): void {
    switch (input.do) {
      case "text":
        return this.#write(input.text);
      case "key":
        return this.#key(input.code, input.down);
      case "ctrl-alt-del":
        return this.#change({ locked: true, menu: false });
      case "move":
        return this.#move(input.x, input.y);
      case "button":
        return this.#button(input.button, input.down, size);
      case "scroll": {
        const { notepad } = this.#state;
        return this.#change({
          notepad: { ...notepad, scroll: Math.max(0, notepad.scroll - Math.round(input.delta / 40)) },
        });
      }
      default:
        return input satisfies never;
    }
  }

  #change(to: Partial<DesktopState>): void {
    this.#state = { ...this.#state, ...to };
  }

  #write(text: string): void {
    const { focused, locked, notepad } = this.#state;
    if (!focused || locked || !notepad.open) return;
    this.#change({ text: (this.#state.text + text.replaceAll("\r", "")).slice(-LONGEST_TEXT) });
  }

  #key(code: number, down: boolean): void {
    if (down) this.#down.add(code);
    else this.#down.delete(code);
    if (!down) return;
    if (code === VK.escape) return this.#change({ locked: false, menu: false });
    if (code === VK.delete && this.#down.has(VK.ctrl) && this.#down.has(VK.alt)) {
      return this.#change({ locked: true, menu: false });
    }
    if (this.#down.has(VK.ctrl)) {
      // Of all shortcuts the notepad knows the two that end with an empty one.
      if (code === 65 && this.#state.focused) this.#change({ text: "" });
      return;
    }
    if (code === VK.backspace && this.#state.focused && !this.#state.locked) {
      return this.#change({ text: Array.from(this.#state.text).slice(0, -1).join("") });
    }
    if (code === VK.enter) return this.#write("\n");
    if (code === VK.tab) return this.#write("\t");
    this.#write(textOfKey(code, this.#down.has(VK.shift)));
  }

  #move(x: number, y: number): void {
    this.#moved = true;
    this.#change({ pointer: { x, y } });
    if (this.#grip === undefined) return;
    const { notepad } = this.#state;
    this.#change({ notepad: { ...notepad, x: x - this.#grip.x, y: y - this.#grip.y } });
  }

  #button(button: number, down: boolean, size: { height: number }): void {
    if (!down) {
      this.#grip = undefined;
      return;
    }
    if (!this.#moved || this.#state.locked || button !== 1) return;
    this.#moved = false;
    const { pointer: { x, y }, notepad, count, menu } = this.#state;
    if (inside(startButton(size), x, y)) return this.#change({ menu: !menu, focused: false });
    if (notepad.open && inside(closeButton(notepad), x, y)) {
      return this.#change({ notepad: { ...notepad, open: false }, menu: false, focused: false });
    }
    if (notepad.open && inside(notepadBox(notepad), x, y)) {
      if (y < notepad.y + LAYOUT.notepad.title) this.#grip = { x: x - notepad.x, y: y - notepad.y };
      return this.#change({ menu: false, focused: true });
    }
    if (inside(LAYOUT.counter, x, y)) return this.#change({ count: count + 1, menu: false, focused: false });
    if (inside(LAYOUT.icon, x, y)) {
      return this.#change({ notepad: { ...EMPTY.notepad, open: true }, menu: false, focused: true });
    }
    this.#change({ menu: false, focused: false });
  }
}

/** The notepad's window. */
export function notepadBox(at: { x: number; y: number }): Box {
  return { x: at.x, y: at.y, width: LAYOUT.notepad.width, height: LAYOUT.notepad.height };
}

/** What closes the notepad. */
export function closeButton(at: { x: number; y: number }): Box {
  const side = LAYOUT.notepad.title;
  return { x: at.x + LAYOUT.notepad.width - side, y: at.y, width: side, height: side };
}

/** What opens the start menu. */
export function startButton(size: { height: number }): Box {
  return { ...LAYOUT.start, y: size.height - LAYOUT.taskbar, height: LAYOUT.taskbar };
}
