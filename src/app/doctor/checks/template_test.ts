import { checkGpu, checkTemplate } from "./template.ts";
import { disk, FAILED, info, pool } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("template:ci", [
  ["a read-only VHDX", () => checkTemplate(pool(), [disk()]), "ok", /30 GB of 128 GB/],
  [
    "a missing disk",
    () => checkTemplate(pool(), [{ ...FAILED, code: "not_found" }]),
    "fail",
    /correct the path/,
  ],
  ["an unreadable disk", () => checkTemplate(pool(), [FAILED]), "fail", /this account may read/],
  ["a VHD", () => checkTemplate(pool(), [disk({ format: "vhd" })]), "fail", /Convert-VHD/],
  [
    "a disk that can be written to",
    () => checkTemplate(pool(), [disk({ readOnly: false })]),
    "warn",
    /read-only when/,
  ],
  [
    "a child without its parent",
    () => checkTemplate(pool(), [disk({ type: "differencing" })]),
    "fail",
    /parent is missing/,
  ],
  [
    "a child with its parent",
    () => checkTemplate(pool(), [disk({ type: "differencing", parent: "D:\\p.vhdx" }), disk()]),
    "ok",
    /below a parent/,
  ],
  [
    "a parent that cannot be read",
    () => checkTemplate(pool(), [disk({ type: "differencing", parent: "D:\\p.vhdx" }), FAILED]),
    "fail",
    /parent cannot be used: nobody answers/,
  ],
  ["a disk that was not read", () => checkTemplate(pool(), undefined), "warn", /not known/],
  [
    "a registered template",
    () => checkTemplate(pool({ template: { ...pool().template, path: "" } }), undefined),
    "ok",
    /no running controller/,
  ],
  [
    "a registered template that works",
    () => checkTemplate(pool({ template: { ...pool().template, path: "" } }), undefined, null),
    "ok",
    /nothing against/,
  ],
  [
    "a registered template that does not",
    () => checkTemplate(pool({ template: { ...pool().template, path: "" } }), undefined, "it is gone"),
    "warn",
    /it is gone\./,
  ],
]);

const CARD = { name: "GPU", partitions: 4, vram: { total: 100, available: 100, min: 1, max: 25 } };
const host = (gpus = [CARD]) => ({ info: info({ gpu: { partitioning: true, choose: true, gpus } }) });
const withGpu = (maxVram: number) =>
  pool({ template: { ...pool().template, gpu: true, gpuPartition: { maxVram } } });

table("gpu:ci", [
  [
    "video memory that a partition can have",
    () => checkGpu(withGpu(25), host()),
    "ok",
    /suffice for .*"win"/,
  ],
  ["more than a partition can have", () => checkGpu(withGpu(26), host()), "fail", /Lower gpu_vram_max to 25/],
  ["no GPU", () => checkGpu(withGpu(1), host([])), "fail", /no GPU that can be divided/],
  ["a host that was not read", () => checkGpu(withGpu(1), { info: FAILED }), "warn", /not known/],
]);
