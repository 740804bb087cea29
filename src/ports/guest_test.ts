import assert from "node:assert/strict";
import { GUEST_ERRORS, GUEST_KEYS, GUEST_PHASES, parseGuestItems, runnerExit, withAddress } from "./guest.ts";

const BASIC = { [GUEST_KEYS.phase]: "running", [GUEST_KEYS.beat]: "17", [GUEST_KEYS.use]: "3" };

Deno.test("parseGuestItems() needs phase, beat and use", () => {
  assert.deepEqual(parseGuestItems(BASIC), { phase: "running", beat: 17, use: 3 });
  for (const key of Object.keys(BASIC)) {
    assert.equal(parseGuestItems({ ...BASIC, [key]: "" }), undefined, key);
    assert.equal(parseGuestItems({ ...BASIC, [key]: "-1" }), undefined, key);
  }
});

Deno.test("parseGuestItems() takes what a guest says beyond that", () => {
  assert.deepEqual(
    parseGuestItems({
      ...BASIC,
      [GUEST_KEYS.exit]: "7",
      [GUEST_KEYS.error]: "runner-checksum",
      [GUEST_KEYS.job]: "running acme/site.io 123456789012.2 build-x64",
      [GUEST_KEYS.runner]: "2.338.1",
      [GUEST_KEYS.loader]: "1",
      [GUEST_KEYS.desktop]: "unlocked 1920x1080 44",
    }),
    {
      phase: "running",
      beat: 17,
      use: 3,
      exit: 7,
      error: "runner-checksum",
      job: {
        state: "running",
        repository: "acme/site.io",
        runId: "123456789012",
        attempt: 2,
        job: "build-x64",
      },
      runner: "2.338.1",
      loader: 1,
      desktop: { locked: false, width: 1920, height: 1080, beat: 44 },
    },
  );
});

Deno.test("parseGuestItems() takes an address that leads somewhere", () => {
  const addressOf = (text: string) => parseGuestItems({ ...BASIC, [GUEST_KEYS.address]: text })?.address;
  for (const good of ["172.16.0.9", "10.0.0.255", "192.168.1.1"]) assert.equal(addressOf(good), good);
  const bad = [
    "",
    "127.0.0.1",
    "169.254.3.4",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "1.2.3",
    "1.2.3.4.5",
  ];
  for (const text of [...bad, "256.1.1.1", "01.2.3.4", "1.2.3.4\n", "fe80::1", "a.b.c.d"]) {
    assert.equal(addressOf(text), undefined, text);
  }
});

Deno.test("parseGuestItems() takes a time of UTC to the second, and nothing that only looks like one", () => {
  const timeOf = (text: string) => parseGuestItems({ ...BASIC, [GUEST_KEYS.time]: text })?.time;
  assert.equal(timeOf("2026-11-25T03:04:05Z"), Date.UTC(2026, 10, 25, 3, 4, 5));
  const bad = ["", "now", "2026-11-25", "2026-11-25T03:04:05", "2026-11-25T03:04:05+01:00", "1764040000000"];
  const worse = [
    "2026-13-25T03:04:05Z",
    "2026-11-25T25:04:05Z",
    "2026-11-25T03:04:05Z\n",
    " 2026-11-25T03:04:05Z",
  ];
  for (const text of [...bad, ...worse, "+002026-11-25T03:04:05Z", "9".repeat(100_000)]) {
    assert.equal(timeOf(text), undefined, text.slice(0, 40));
  }
});

Deno.test("withAddress() takes the loader's address, else the first of the integration service's that leads somewhere", () => {
  const report = parseGuestItems(BASIC);
  assert.ok(report);
  assert.equal(withAddress({ ...report, address: "10.0.0.1" }, "10.0.0.2").address, "10.0.0.1");
  const late = withAddress(report, "169.254.1.1;fe80::1;172.16.0.2;172.16.0.3");
  assert.deepEqual([late.address, late.late], ["172.16.0.2", true]);
  assert.deepEqual(withAddress(report), report);
});

Deno.test("parseGuestItems() takes nothing that does not have its form", () => {
  const hostile = {
    [GUEST_KEYS.exit]: "256",
    [GUEST_KEYS.error]: "rm -rf",
    [GUEST_KEYS.job]: "running acme/site 1.1 build\nphase: done",
    [GUEST_KEYS.runner]: "2.338.1; echo",
    [GUEST_KEYS.loader]: "one",
    [GUEST_KEYS.desktop]: "unlocked 1920x1080 44 <script>",
  };
  assert.deepEqual(parseGuestItems({ ...BASIC, ...hostile }), { phase: "running", beat: 17, use: 3 });
  for (const key of Object.keys(hostile)) {
    assert.deepEqual(parseGuestItems({ ...BASIC, [key]: "x".repeat(100_000) }), {
      phase: "running",
      beat: 17,
      use: 3,
    });
  }
});

Deno.test("runnerExit() names each code of the runner program", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 255].map(runnerExit), [
    "done",
    "terminated",
    "retryable",
    "updating",
    "updating",
    "session-conflict",
    "refreshed",
    "deprecated",
    "unknown",
    "unknown",
  ]);
});

Deno.test("docs/guest-protocol.md names every key, phase and error", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/guest-protocol.md", import.meta.url));
  for (const word of [...Object.values(GUEST_KEYS), ...GUEST_PHASES, ...GUEST_ERRORS, "hvpool.bye"]) {
    assert.ok(text.includes(`\`${word}\``), word);
  }
});
