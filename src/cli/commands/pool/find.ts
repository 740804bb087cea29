/** The pool that a name means. */
import type { StatusAnswer } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { PoolAnswer } from "../../view/pool_text.ts";

/** Ends the command when there is no such pool, with the names of those that there are. */
export function findPool({ pools }: StatusAnswer, name: string): PoolAnswer {
  const pool = pools.find((one) => one.name === name);
  if (pool !== undefined) return pool;
  const names = pools.map((one) => one.name).join(", ");
  throw new CliError(`There is no pool "${name}". There is: ${names}.`, EXIT.failed);
}

/** As {@linkcode findPool}, of pools whose machines are leased. */
export function findAgentPool({ pools }: StatusAnswer, name: string): PoolAnswer {
  const agents = pools.filter(({ kind }) => kind === "agent");
  const pool = agents.find((one) => one.name === name);
  if (pool !== undefined) return pool;
  const there = agents.length === 0
    ? "There is none"
    : `There is: ${agents.map((one) => one.name).join(", ")}`;
  throw new CliError(`There is no agent pool "${name}". ${there}.`, EXIT.failed);
}
