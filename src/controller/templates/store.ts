/** The template store: golden disks on the host, by name. */
import type { By } from "../../model/by.ts";
import type { TemplateStatus } from "../../model/status.ts";
import type {
  Following,
  PrepareTemplate,
  RegisterTemplate,
  TemplateAnswer,
  TemplateCheck,
  TemplateHardware,
  TemplateOperations,
  TemplateRefusal,
  TransferTemplate,
} from "../../ports/operations.ts";
import type { TemplateContext } from "./context.ts";
import { deleteTemplate } from "./delete.ts";
import { exportTemplate } from "./export.ts";
import { importTemplate } from "./import.ts";
import { InWork } from "./in_work.ts";
import { listTemplates } from "./list.ts";
import { prepareTemplate } from "./prepare.ts";
import { refusalOf } from "./refused.ts";
import { registerTemplate } from "./register.ts";
import type { Room, Sizes } from "./room.ts";
import { verifyTemplate } from "./verify.ts";

/** No method rejects: what goes wrong is in the answer. */
export class TemplateStore implements TemplateOperations {
  readonly #room: Room;

  constructor(context: TemplateContext, sizes: Sizes = {}) {
    this.#room = { context, inWork: new InWork(), sizes };
  }

  /** Paths of disks in the store that are being copied, or copied from: their folders must not be swept. */
  disksInWork(): ReadonlySet<string> {
    return this.#room.inWork.disks();
  }

  list(): readonly TemplateStatus[] {
    const { context } = this.#room;
    return listTemplates(context.state(), context.preparing);
  }

  async register(request: RegisterTemplate, following: Following): Promise<TemplateAnswer> {
    return await answer("register", request.name, () => registerTemplate(this.#room, request, following));
  }

  async verify(
    name: string,
    following: Following,
  ): Promise<{ readonly ok: true; readonly checks: readonly TemplateCheck[] } | TemplateRefusal> {
    try {
      return { ok: true, checks: await verifyTemplate(this.#room, name, following) };
    } catch (error) {
      return refusalOf(error, triedTo("verify", name));
    }
  }

  async prepare(request: PrepareTemplate, following: Following): Promise<TemplateAnswer> {
    return await answer("prepare", request.name, () => prepareTemplate(this.#room, request, following));
  }

  async export(request: TransferTemplate, following: Following): Promise<TemplateAnswer> {
    return await answer("export", request.name, () => exportTemplate(this.#room, request, following));
  }

  async import(request: TransferTemplate & TemplateHardware, following: Following): Promise<TemplateAnswer> {
    return await answer("import", request.name, () => importTemplate(this.#room, request, following));
  }

  async delete(name: string, who: By): Promise<{ readonly ok: true } | TemplateRefusal> {
    try {
      await deleteTemplate(this.#room, name, who);
      return { ok: true };
    } catch (error) {
      return refusalOf(error, triedTo("delete", name));
    }
  }
}

function triedTo(what: string, name: string): string {
  return `Cannot ${what} the template ${JSON.stringify(name.slice(0, 100))}`;
}

async function answer(
  what: string,
  name: string,
  work: () => Promise<TemplateStatus>,
): Promise<TemplateAnswer> {
  try {
    return { ok: true, template: await work() };
  } catch (error) {
    return refusalOf(error, triedTo(what, name));
  }
}
