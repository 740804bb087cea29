/** Rules for names that end up on the Hyper-V host and at GitHub. */
import { isReservedName, MAX_PREFIX_AND_SLOT } from "../../model/pool_names.ts";
import type { ProblemDetails } from "../file/problem.ts";

/** Names that people give to templates and accounts. */
export const OWN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
/** {@linkcode OWN_NAME} in words. */
export const OWN_NAME_RULE =
  "at most 40 letters, digits, dashes, underscores and dots, beginning with a letter or digit";

/** What is wrong with a name. */
export interface NameFault extends ProblemDetails {
  readonly message: string;
}

/** Checks what machines and runners are called by, for a pool of `size` slots. */
export function prefixFault(prefix: string, size: number): NameFault | undefined {
  const expected = "letters, digits, dashes, underscores and dots, beginning with a letter or digit";
  if (prefix === "") return { message: "must not be empty", expected };
  const bad = /[^A-Za-z0-9._-]/.exec(prefix)?.[0];
  if (bad !== undefined) {
    const clean = prefix.normalize("NFKD").replaceAll(/[^A-Za-z0-9._-]+/g, "").replace(/^[._-]+/, "");
    return {
      message: `${JSON.stringify(prefix)} holds ${describe(bad)}`,
      expected,
      suggestion: clean === "" ? undefined : JSON.stringify(clean),
    };
  }
  if (!/^[A-Za-z0-9]/.test(prefix)) {
    return { message: `${JSON.stringify(prefix)} does not begin with a letter or digit`, expected };
  }
  // `COM` would make COM1; `CON.` would make CON.1, which is the device too.
  if (isReservedName(prefix) || isReservedName(`${prefix}1`)) {
    return {
      message: `${JSON.stringify(prefix)} makes a name that Windows keeps for a device`,
      suggestion: JSON.stringify(`vm-${prefix.replaceAll(/[^A-Za-z0-9]/g, "")}-`.toLowerCase()),
    };
  }
  if (prefix.endsWith(".")) {
    return {
      message: `${
        JSON.stringify(prefix)
      } ends with a dot, which would make a machine's number look like a file type`,
      suggestion: JSON.stringify(`${prefix.replace(/\.+$/, "")}-`),
    };
  }
  const digits = String(Math.max(1, size)).length;
  if (prefix.length + digits > MAX_PREFIX_AND_SLOT) {
    return {
      message:
        `has ${prefix.length} characters; with the machine's number and what GitHub's 64 characters must also ` +
        `hold, ${MAX_PREFIX_AND_SLOT - digits} are left`,
      remedy: "Use a shorter prefix",
    };
  }
  return undefined;
}

/** Checks a single label. */
export function labelFault(label: string): NameFault | undefined {
  if (label.trim() === "") return { message: "a label must not be empty" };
  if (label.includes(",")) {
    const parts = label.split(",").map((part) => part.trim()).filter((part) => part !== "");
    return {
      message: `the label ${JSON.stringify(label)} holds a comma, which separates labels`,
      suggestion: parts.length > 1 ? `[${parts.join(", ")}]` : undefined,
      remedy: "Write each label as an entry of its own",
    };
  }
  // deno-lint-ignore no-control-regex
  if (/[\0-\x1f\x7f]/.test(label)) return { message: "a label must not hold control characters" };
  if (label !== label.trim()) {
    return {
      message: `the label ${JSON.stringify(label)} begins or ends with a space`,
      suggestion: label.trim(),
    };
  }
  if (label.length > 256) return { message: `a label has at most 256 characters, not ${label.length}` };
  return undefined;
}

/** Checks the name of an organization or a user. */
export function accountFault(name: string): NameFault | undefined {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?$/.test(name)) return undefined;
  const last = name.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return {
    message: `${JSON.stringify(name)} is no account name`,
    expected: "the name as in github.com/NAME, without an address",
    suggestion: name.includes("/") && /^[\w-]+$/.test(last) ? last : undefined,
  };
}

/** Checks the name of a repository. */
export function repoFault(name: string): NameFault | undefined {
  if (/^[A-Za-z0-9._-]{1,100}$/.test(name) && name !== "." && name !== "..") return undefined;
  const last = name.replace(/\/+$/, "").replace(/\.git$/, "").split("/").at(-1) ?? "";
  return {
    message: `${JSON.stringify(name)} is no repository name`,
    expected: "the name alone; the owner is written as org or user",
    suggestion: name.includes("/") && /^[\w.-]+$/.test(last) ? last : undefined,
  };
}

function describe(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return "a control character";
  if (character === " ") return "a space";
  if (code > 0x7e) return `${character}, which is not ASCII`;
  return character;
}
