import assert from "node:assert/strict";
import type { LeaseStatus, Status, TemplateStatus } from "../model/status.ts";
import type { EventRow, JobRow } from "../ports/operations.ts";
import {
  type EventAnswer,
  type JobAnswer,
  jobSchema,
  type LeaseAnswer,
  leaseStatusSchema,
  type StatusAnswer,
  statusSchema,
  type TemplateAnswer,
  templateStatusSchema,
} from "./schemas.ts";
import {
  SAMPLE_CORDON,
  SAMPLE_JOB,
  SAMPLE_ROLLOUT,
  SAMPLE_STATUS,
  SAMPLE_VM_JOB,
} from "./testing/fake_operations.ts";
import { SAMPLE_LEASE } from "./testing/fake_leases.ts";
import { SAMPLE_PREPARATION, SAMPLE_TEMPLATE } from "./testing/fake_templates.ts";

/** The same type but for who may write to it and for `undefined` in optional fields. */
type Plain<T> = T extends object ? { -readonly [K in keyof T]: Plain<Exclude<T[K], undefined>> } : T;
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

// These lines do not compile when the schema and the model differ.
const statusIsTheModels: Same<Plain<StatusAnswer>, Plain<Status>> = true;
const templateIsTheModels: Same<Plain<TemplateAnswer>, Plain<TemplateStatus>> = true;
const leaseIsTheModels: Same<Plain<LeaseAnswer>, Plain<LeaseStatus>> = true;
const jobIsThePorts: Same<Plain<JobAnswer>, Plain<JobRow>> = true;
const eventIsThePorts: Same<Plain<EventAnswer>, Plain<EventRow>> = true;

Deno.test("statusSchema has the fields of the model's Status, no more and no less", () => {
  assert.ok(statusIsTheModels && eventIsThePorts);
  assert.deepEqual(statusSchema.parse(SAMPLE_STATUS), SAMPLE_STATUS);
});

Deno.test("statusSchema has the fields of the model's RolloutStatus, too", () => {
  const pools = SAMPLE_STATUS.pools.map((pool) => ({ ...pool, rollout: SAMPLE_ROLLOUT }));
  assert.deepEqual(statusSchema.parse({ ...SAMPLE_STATUS, pools }).pools, pools);
  for (const key of Object.keys(SAMPLE_ROLLOUT)) {
    const part = pools.map((pool) => ({ ...pool, rollout: { ...pool.rollout, [key]: undefined } }));
    assert.equal(statusSchema.safeParse({ ...SAMPLE_STATUS, pools: part }).success, false, key);
  }
});

Deno.test("statusSchema has the fields of cordons and jobs, too", () => {
  const pools = SAMPLE_STATUS.pools.map((pool) => ({ ...pool, cordon: SAMPLE_CORDON }));
  const vms = SAMPLE_STATUS.vms.map((vm) => ({ ...vm, job: SAMPLE_VM_JOB }));
  assert.deepEqual(statusSchema.parse({ ...SAMPLE_STATUS, pools, vms }), { ...SAMPLE_STATUS, pools, vms });
  for (const key of Object.keys(SAMPLE_CORDON)) {
    const part = pools.map((pool) => ({ ...pool, cordon: { ...pool.cordon, [key]: undefined } }));
    assert.equal(statusSchema.safeParse({ ...SAMPLE_STATUS, pools: part }).success, false, key);
  }
  for (const key of Object.keys(SAMPLE_VM_JOB)) {
    const part = vms.map((vm) => ({ ...vm, job: { ...vm.job, [key]: undefined } }));
    assert.equal(statusSchema.safeParse({ ...SAMPLE_STATUS, vms: part }).success, false, key);
  }
});

Deno.test("jobSchema has the fields of the port's JobRow", () => {
  assert.ok(jobIsThePorts);
  assert.deepEqual(jobSchema.parse(SAMPLE_JOB), SAMPLE_JOB);
  for (const key of Object.keys(SAMPLE_JOB)) {
    assert.equal(jobSchema.safeParse({ ...SAMPLE_JOB, [key]: undefined }).success, false, key);
  }
});

Deno.test("leaseStatusSchema has the fields of the model's LeaseStatus", () => {
  assert.ok(leaseIsTheModels);
  assert.deepEqual(leaseStatusSchema.parse(SAMPLE_LEASE), SAMPLE_LEASE);
  for (const key of Object.keys(SAMPLE_LEASE)) {
    assert.equal(leaseStatusSchema.safeParse({ ...SAMPLE_LEASE, [key]: undefined }).success, false, key);
  }
});

Deno.test("statusSchema knows pools of runners and of agents", () => {
  for (const kind of ["runner", "agent"]) {
    const pools = SAMPLE_STATUS.pools.map((pool) => ({ ...pool, kind }));
    assert.deepEqual(statusSchema.parse({ ...SAMPLE_STATUS, pools }).pools, pools);
  }
  const pools = SAMPLE_STATUS.pools.map((pool) => ({ ...pool, kind: "cattle" }));
  assert.equal(statusSchema.safeParse({ ...SAMPLE_STATUS, pools }).success, false);
});

Deno.test("templateStatusSchema has the fields of the model's TemplateStatus", () => {
  assert.ok(templateIsTheModels);
  const preparing = { ...SAMPLE_TEMPLATE, preparing: SAMPLE_PREPARATION, failed: "It did not start." };
  assert.deepEqual(templateStatusSchema.parse(preparing), preparing);
  for (const key of Object.keys(SAMPLE_TEMPLATE)) {
    assert.equal(
      templateStatusSchema.safeParse({ ...SAMPLE_TEMPLATE, [key]: undefined }).success,
      false,
      key,
    );
  }
});

Deno.test("statusSchema takes fields of a later version and refuses states it does not know", () => {
  const later = { ...SAMPLE_STATUS, leases: [], controller: { ...SAMPLE_STATUS.controller, uptimeMs: 1 } };
  assert.deepEqual(statusSchema.parse(later), SAMPLE_STATUS);
  assert.throws(() => statusSchema.parse({ ...SAMPLE_STATUS, github: { state: "fine", rate: null } }));
});

Deno.test("statusSchema wants every field of the contract", () => {
  const fieldsOf = (value: unknown, path: string[] = []): string[][] =>
    typeof value !== "object" || value === null
      ? [path]
      : Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, [...path, key]));
  for (const path of fieldsOf(SAMPLE_STATUS)) {
    const copy = structuredClone(SAMPLE_STATUS) as unknown as Record<string, unknown>;
    let at = copy;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
    delete at[path.at(-1) ?? ""];
    assert.equal(statusSchema.safeParse(copy).success, false, path.join("."));
  }
});
