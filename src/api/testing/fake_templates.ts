/** Templates for tests of the API and its clients, kept in memory. */
import type { PreparationStatus, TemplateStatus } from "../../model/status.ts";
import type {
  By,
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

/** A registered template that a pool uses. */
export const SAMPLE_TEMPLATE: TemplateStatus = {
  name: "win11",
  origin: "registered",
  source: "C:\\Templates\\win11.vhdx",
  path: "C:\\vms\\0\\templates\\win11@1a2b3c4d\\disk.vhdx",
  version: 2,
  registeredAt: "2026-03-01T09:00:00.000Z",
  memoryMb: 8192,
  processors: 4,
  secureBoot: "MicrosoftWindows",
  tpm: true,
  nested: false,
  gpu: false,
  gpuPartition: null,
  software: { chrome: "140.0" },
  credentials: "admins",
  probe: { tcp: 3389 },
  runner: "2.330.0",
  builtAt: "2026-02-20T10:00:00.000Z",
  expiresAt: null,
  users: ["pool linux"],
  preparing: null,
  failed: null,
};

/** A preparation that copies. */
export const SAMPLE_PREPARATION: PreparationStatus = {
  cycle: "prepare/1.9",
  step: "copying",
  copied: 1_048_576,
  size: 4_194_304,
  since: "2026-03-01T10:00:00.000Z",
  runner: "2.330.0",
  why: null,
};

/** What was asked. */
export type Asked =
  | { readonly what: "register"; readonly request: RegisterTemplate }
  | { readonly what: "prepare"; readonly request: PrepareTemplate }
  | { readonly what: "export"; readonly request: TransferTemplate }
  | { readonly what: "import"; readonly request: TransferTemplate & TemplateHardware }
  | { readonly what: "verify"; readonly name: string }
  | ({ readonly what: "delete"; readonly name: string } & By);

/** {@linkcode TemplateOperations} over memory. */
export class FakeTemplates implements TemplateOperations {
  all: TemplateStatus[] = [SAMPLE_TEMPLATE];
  /** What `verify` finds. */
  checks: readonly TemplateCheck[] = [{
    id: "file",
    status: "ok",
    message: "The disk is there.",
    remedy: "",
  }];
  /** Refuses everything that is asked from now on. */
  refusal: Omit<TemplateRefusal, "ok"> | undefined;
  /** What goes on before an answer; it may tell of progress, wait or throw. */
  work: (following: Following) => Promise<void> = () => Promise.resolve();
  readonly asked: Asked[] = [];

  list(): readonly TemplateStatus[] {
    return this.all;
  }

  register(request: RegisterTemplate, following: Following): Promise<TemplateAnswer> {
    return this.#answer({ what: "register", request }, following, request.name);
  }

  async verify(
    name: string,
    following: Following,
  ): Promise<{ readonly ok: true; readonly checks: readonly TemplateCheck[] } | TemplateRefusal> {
    const answer = await this.#answer({ what: "verify", name }, following, name);
    return answer.ok ? { ok: true, checks: this.checks } : answer;
  }

  async prepare(request: PrepareTemplate, following: Following): Promise<TemplateAnswer> {
    const answer = await this.#answer({ what: "prepare", request }, following, request.name);
    if (!answer.ok) return answer;
    const template = { ...answer.template, preparing: SAMPLE_PREPARATION };
    this.all = [template];
    return { ok: true, template };
  }

  export(request: TransferTemplate, following: Following): Promise<TemplateAnswer> {
    return this.#answer({ what: "export", request }, following, request.name);
  }

  import(request: TransferTemplate & TemplateHardware, following: Following): Promise<TemplateAnswer> {
    return this.#answer({ what: "import", request }, following, request.name);
  }

  delete(name: string, by: By): Promise<{ readonly ok: true } | TemplateRefusal> {
    this.asked.push({ what: "delete", name, ...by });
    if (this.refusal !== undefined) return Promise.resolve({ ok: false, ...this.refusal });
    this.all = this.all.filter((one) => one.name !== name);
    return Promise.resolve({ ok: true });
  }

  async #answer(asked: Asked, following: Following, name: string): Promise<TemplateAnswer> {
    this.asked.push(asked);
    await this.work(following);
    if (this.refusal !== undefined) return { ok: false, ...this.refusal };
    return { ok: true, template: { ...SAMPLE_TEMPLATE, name } };
  }
}
