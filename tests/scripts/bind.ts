/** Whether a command can bind what it is given: names, values, and at least one parameter set. */
import { type Cmdlet, findCommonParameter, findParameter, type Parameter, positionIn } from "./cmdlets.ts";
import { type Command, literal } from "./command.ts";
import type { Report } from "./finding.ts";
import type { Node } from "./parse.ts";

/** What a splatted hashtable may hold; `undefined`: that is only known at run time. */
export type SplatKeys = (name: string) => readonly { key: string; node: Node }[] | undefined;

interface Bound {
  /** Parameters that are certainly given, by their full names. */
  readonly given: Set<string>;
  /** Parameters that a splat may give. */
  readonly perhaps: Set<string>;
  /** A splat of unknown content. */
  anything: boolean;
  positional: number;
}

/** Reports what the engine would refuse. */
export function checkBinding(command: Command, cmdlet: Cmdlet, splatKeys: SplatKeys, report: Report): void {
  const bound: Bound = { given: new Set(), perhaps: new Set(), anything: false, positional: 0 };
  let clean = true;
  const wrong: Report = (rule, node, message) => {
    clean = false;
    report(rule, node, message);
  };
  const { pieces } = command;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece === undefined) continue;
    if (piece.kind === "value") {
      bound.positional++;
    } else if (piece.kind === "splat") {
      bindSplat(piece.name, cmdlet, splatKeys, bound, wrong);
    } else {
      const found = findParameter(cmdlet, piece.name);
      const common = found === undefined ? findCommonParameter(cmdlet, piece.name) : undefined;
      if (found === undefined && common === undefined) {
        wrong("parameter", piece.node, `${cmdlet.name} has no parameter -${piece.name}.`);
        continue;
      }
      const full = found?.name ?? piece.name.toLowerCase();
      if (bound.given.has(full)) wrong("twice", piece.node, `${cmdlet.name} is given -${piece.name} twice.`);
      bound.given.add(full);
      const isSwitch = found?.parameter.switch ?? common?.switch ?? false;
      let value = piece.joined;
      if (value === undefined && !isSwitch) {
        const next = pieces[i + 1];
        if (next?.kind !== "value") {
          wrong("value", piece.node, `-${piece.name} of ${cmdlet.name} wants a value.`);
          continue;
        }
        value = next.node;
        i++;
      }
      if (found !== undefined && value !== undefined) checkValue(cmdlet, found, value, wrong);
      if (common !== undefined && value !== undefined) checkPreference(piece.name, value, wrong);
    }
  }
  if (clean) checkSets(command, cmdlet, bound, wrong);
}

function bindSplat(name: string, cmdlet: Cmdlet, splatKeys: SplatKeys, bound: Bound, wrong: Report): void {
  const keys = splatKeys(name);
  if (keys === undefined) {
    bound.anything = true;
    return;
  }
  for (const { key, node } of keys) {
    const found = findParameter(cmdlet, key);
    if (found !== undefined) bound.perhaps.add(found.name);
    else if (findCommonParameter(cmdlet, key) === undefined) {
      wrong("parameter", node, `${cmdlet.name} has no parameter -${key}, which @${name} gives it.`);
    }
  }
}

function checkValue(
  cmdlet: Cmdlet,
  { name, parameter }: { name: string; parameter: Parameter },
  node: Node,
  wrong: Report,
): void {
  const text = literal(node);
  if (text === undefined) return;
  const values = parameter.values ?? [];
  // The lists of other modules come from pages that do not name every value.
  if (cmdlet.module === "Hyper-V" && values.length > 0 && !/^-?\d+$/.test(text)) {
    if (!values.some((value) => value.toLowerCase() === text.toLowerCase())) {
      wrong("value", node, `-${name} of ${cmdlet.name} takes ${values.join(", ")}, not ${text}.`);
    }
  }
  if (
    /^(u?int(16|32|64)?|u?long|u?short|byte|double|float)\??$/.test(parameter.type) &&
    !/^-?[\d.]+$/.test(text)
  ) {
    wrong("value", node, `-${name} of ${cmdlet.name} takes a number, not ${text}.`);
  }
  if (/^bool\??$/.test(parameter.type) && !/^\d+$/.test(text)) {
    wrong("value", node, `-${name} of ${cmdlet.name} takes $true or $false, not ${text}.`);
  }
}

function checkPreference(name: string, node: Node, wrong: Report): void {
  const text = literal(node);
  if (text === undefined || !/^(Error|Warning|Information)Action$/i.test(name)) return;
  if (!/^(Continue|Ignore|Inquire|SilentlyContinue|Stop|Suspend)$/i.test(text)) {
    wrong("value", node, `-${name} does not take ${text}.`);
  }
}

function checkSets(command: Command, cmdlet: Cmdlet, bound: Bound, wrong: Report): void {
  const reasons: string[] = [];
  for (const [set, members] of Object.entries(cmdlet.sets)) {
    const reason = whyNot(command, cmdlet, set, new Set(members), bound);
    if (reason === undefined) return;
    reasons.push(reason);
  }
  wrong(
    "set",
    command.node,
    `No parameter set of ${cmdlet.name} takes this: ${[...new Set(reasons)].slice(0, 3).join("; ")}.`,
  );
}

/** Why a set cannot bind; `undefined`: it can. */
function whyNot(
  command: Command,
  cmdlet: Cmdlet,
  set: string,
  members: ReadonlySet<string>,
  bound: Bound,
): string | undefined {
  for (const name of bound.given) {
    if (cmdlet.parameters[name] !== undefined && !members.has(name)) return `-${name} is not in ${set}`;
  }
  const free = [...members]
    .flatMap((name) => {
      const parameter = cmdlet.parameters[name];
      const position = parameter === undefined ? undefined : positionIn(parameter, set);
      return position === undefined || bound.given.has(name) ? [] : [{ name, position }];
    })
    .sort((a, b) => a.position - b.position);
  if (bound.positional > free.length) {
    return `${bound.positional} values without a name are too many for ${set}`;
  }
  const byPosition = new Set(free.slice(0, bound.positional).map((one) => one.name));
  const missing = [...members].filter((name) =>
    cmdlet.parameters[name]?.mandatoryIn.includes(set) === true && !bound.given.has(name) &&
    !byPosition.has(name) && !bound.perhaps.has(name)
  );
  // One of them may come through the pipeline; any may come from a splat that nobody can look into.
  const excused = bound.anything ? missing.length : command.isPiped ? 1 : 0;
  return missing.length > excused ? `-${missing.join(", -")} is missing for ${set}` : undefined;
}
