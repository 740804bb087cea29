/** `hvpool template register|list|show|verify|prepare|export|import|delete` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { defineDelete } from "./template/delete.ts";
import { defineList } from "./template/list.ts";
import { definePrepare } from "./template/prepare.ts";
import { defineRegister } from "./template/register.ts";
import { defineShow } from "./template/show.ts";
import { defineExport, defineImport } from "./template/transfer.ts";
import { defineVerify } from "./template/verify.ts";

/** Looks after golden disks. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      [
        "hvpool template register win11 --vhdx C:\\Templates\\win11.vhdx",
        "a disk that machines are made from",
      ],
      [
        "hvpool template prepare ci --from win11 --runner latest",
        "one with hvpool's loader and a runner in it",
      ],
      ["hvpool template list", "what there is, and how old it is"],
    ]) +
      "\n\nA disk that is registered is kept, read-only, in hvpool's storage; a pool uses it by its name. What copies " +
      "goes on where it was when it was cut off and the same command is given again.",
  );
  defineRegister(command.command("register"), invocation);
  defineList(command.command("list"), invocation);
  defineShow(command.command("show"), invocation);
  defineVerify(command.command("verify"), invocation);
  definePrepare(command.command("prepare"), invocation);
  defineExport(command.command("export"), invocation);
  defineImport(command.command("import"), invocation);
  defineDelete(command.command("delete"), invocation);
}
