import { checkApi, checkJournal } from "./local.ts";
import { local, running } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("journal", [
  ["a sound one", () => checkJournal(local()), "ok", /Sound.*48\.8 GB free; held by nobody/],
  ["none yet", () => checkJournal(local({ journal: { state: "missing" }, lock: "none" })), "ok", /None yet/],
  [
    "a lost one",
    () => checkJournal(local({ journal: { state: "missing", lost: { upTo: 5_000, empty: false } } })),
    "fail",
    /is lost.*up to 5000.*reconcile --dry-run.*reconcile --adopt.*--retire/,
  ],
  [
    "an empty one, after others",
    () => checkJournal(local({ journal: { state: "missing", lost: { upTo: 5_000, empty: true } } })),
    "fail",
    /is lost.*numbers up to 5000 .*has no event.*Put it back, together.*reconcile --dry-run.*--adopt.*--retire/,
  ],
  [
    "an older copy",
    () => checkJournal(local({ journal: { state: "older", lostUpTo: 5_000 } })),
    "fail",
    /an older copy.*reconcile --dry-run.*reconcile --adopt.*--retire/,
  ],
  [
    "one after another that was lost",
    () => checkJournal(local({ journal: { state: "healthy", lostUpTo: 5_000 } })),
    "warn",
    /up to 5000 is left alone.*reconcile --dry-run.*--adopt.*--retire/,
  ],
  [
    "a lost one on a full disk",
    () =>
      checkJournal(local({ journal: { state: "missing", lost: { upTo: 5_000, empty: false } }, freeMb: 1 })),
    "fail",
    /is lost/,
  ],
  [
    "a damaged one",
    () =>
      checkJournal(
        local({ journal: { state: "damaged", why: "row 3 missing", remedy: "Put back a backup." } }),
      ),
    "fail",
    /row 3 missing\..*backup/,
  ],
  [
    "one that cannot be read",
    () => checkJournal(local({ journal: { state: "unreadable", why: "denied", remedy: "Give access." } })),
    "fail",
    /denied\. Give/,
  ],
  ["a share", () => checkJournal(local({ share: "\\\\nas\\x" })), "fail", /network share.*local disk/],
  ["little space", () => checkJournal(local({ freeMb: 1_000 })), "warn", /1000 MB left/],
  ["no space", () => checkJournal(local({ freeMb: 90 })), "fail", /90 MB left/],
  [
    "space that is not known",
    () => checkJournal(local({ freeMb: undefined as never })),
    "ok",
    /free space not known/,
  ],
  [
    "a lock that cannot be read",
    () => checkJournal(local({ lock: "unreadable" })),
    "warn",
    /cannot be read by this account/,
  ],
]);

table("api", [
  ["a controller that answers", () => checkApi(running({})), "ok", /hvpool 0\.1\.0 answers: running/],
  ["nobody", () => checkApi(local()), "ok", /No controller runs/],
  ["a holder that does not answer", () => checkApi(local({ lock: "held" })), "fail", /does not answer/],
  ["a refusal", () => checkApi(local({ api: { state: "refused", why: "no token" } })), "fail", /no token\./],
]);
