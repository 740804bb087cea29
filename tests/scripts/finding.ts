/** What the check has to say. */
import type { Node } from "./parse.ts";

/** One mistake in a script. */
export interface Finding {
  /** Name of the rule, as fixtures name it. */
  readonly rule: string;
  /** Path of the script, relative to the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A script with its tree. */
export interface Script {
  readonly file: string;
  readonly text: string;
  readonly root: Node;
}

/** Says something about a node. */
export type Report = (rule: string, node: Node, message: string) => void;
