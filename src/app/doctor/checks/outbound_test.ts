import { checkOutbound } from "./outbound.ts";
import {} from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("outbound:ghcr.io", [
  [
    "an address that is reached",
    () => checkOutbound({ host: "ghcr.io", essential: true, use: "images" }),
    "ok",
    /Reached.*images/,
  ],
  [
    "one that is not",
    () => checkOutbound({ host: "ghcr.io", essential: true, use: "images", problem: "refused" }),
    "fail",
    /refused\..*Allow HTTPS to ghcr\.io/,
  ],
  [
    "one that some jobs need",
    () => checkOutbound({ host: "ghcr.io", essential: false, use: "images", problem: "refused" }),
    "warn",
    /Allow/,
  ],
]);
