import { checkTemplate } from "./template.ts";
import { disk, FAILED, pool } from "./samples_fixture.ts";
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
