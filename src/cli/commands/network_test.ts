import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../../simulator/start.ts";
import { loadConfig } from "../../config/load.ts";
import { call, type Called, inFolder, recordingPrograms } from "../testing/called.ts";

async function called(...args: string[]) {
  const { programs, calls } = recordingPrograms();
  const { code, err } = await call(["network", ...args, "-c", "c.yaml"], {
    programs: () => Promise.resolve(programs),
  });
  return { code, err, calls };
}

Deno.test("hvpool network hands on what it was given", async () => {
  const base = { name: "hvpool", configFile: "c.yaml", version: "0.1.0", yes: false, json: false };
  const cases: [string[], object][] = [
    [["create"], { ...base, action: "create" }],
    [
      ["create", "--name", "lab", "--subnet", "10.7.0.0/16", "--yes", "--json"],
      { ...base, action: "create", name: "lab", subnet: "10.7.0.0/16", yes: true, json: true },
    ],
    [["show", "--json"], { ...base, action: "show", json: true }],
    [["remove", "--name", "lab", "--yes"], { ...base, action: "remove", name: "lab", yes: true }],
  ];
  for (const [args, expected] of cases) {
    const { code, calls } = await called(...args);
    assert.deepEqual([code, calls], [0, [{ runNetwork: expected }]], args.join(" "));
  }
});

Deno.test("hvpool network refuses names and networks that cannot be, with exit code 2", async () => {
  const cases = [
    [["create", "--subnet", "10.7.0.1/24"], /inside of a network.*Did you mean 10\.7\.0\.0\/24\?/],
    [["create", "--subnet", "ten"], /is not a network/],
    [["create", "--name", "a b"], /letters, digits/],
    [["show", "--subnet", "10.7.0.0/24"], /unknown option/],
  ] as const;
  for (const [args, says] of cases) {
    const { code, err, calls } = await called(...args);
    assert.deepEqual([code, calls], [2, []], args.join(" "));
    assert.match(err, says);
  }
});

for (const name of ["create", "show", "remove"]) {
  Deno.test(`hvpool network ${name} --help has examples`, async () => {
    const { code, out } = await call(["network", name, "--help"]);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples:\\n  hvpool network ${name}`));
  });
}

/** Calls it against one simulated host that lives for the length of the test. */
async function onHost(
  run: (network: (args: string, ask?: (question: string) => boolean) => Promise<Called>) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const simulator = await startSimulator({ speed: 1_000 });
    try {
      const file = join(folder, "config.yaml");
      writeFileSync(file, `data_dir: data\ndebug:\n  simulator: ${simulator.listen}\n`);
      const { programs } = await import("../../app/programs.ts");
      await run((args, ask) =>
        call(["network", ...args.split(" "), "-c", file], {
          programs: () => Promise.resolve(programs),
          ...(ask === undefined ? {} : { ask }),
        })
      );
    } finally {
      await simulator.close();
    }
  });
}

Deno.test("hvpool network makes a switch, shows it, and removes it", async () => {
  await onHost(async (network) => {
    const made = await network("create --yes");
    assert.deepEqual([made.code, made.err], [0, ""]);
    assert.match(
      made.out,
      /^Made the internal switch hvpool, the host's address 192\.168\.240\.1\/24 on it and a NAT of 192\.168\.240\.0\/24\.\n/,
    );
    assert.match((await network("create")).out, /^The switch hvpool is there already, as it should be\.\n/);

    const shown = await network("show");
    assert.deepEqual(shown.out.split("\n"), [
      "switch    hvpool, internal",
      "address   192.168.240.1/24",
      "nat       hvpool of 192.168.240.0/24",
      "machines  none",
    ]);
    assert.equal(JSON.parse((await network("show --json")).out).switch.type, "internal");

    const other = await network("create --name lab --subnet 10.7.0.0/24 --yes");
    assert.deepEqual([other.code, other.out], [1, ""]);
    assert.match(other.err, /NAT hvpool of 192\.168\.240\.0\/24 already, and Windows knows one NAT only/);

    assert.equal((await network("remove --yes")).out, "Removed the switch hvpool and the NAT hvpool.");
    assert.equal((await network("remove")).out, "There is no switch hvpool.");
    assert.deepEqual((await network("show")).out.split("\n"), [
      "switch    there is none called hvpool",
      "address   none",
      "nat       none",
      "machines  none",
    ]);
    assert.deepEqual(JSON.parse((await network("remove --json")).out), { name: "hvpool", removed: [] });
  });
});

Deno.test("hvpool network create prints a configuration that is valid", async () => {
  await onHost(async (network) => {
    const { out } = await network("create --subnet 10.7.0.0/16 --yes");
    const text = out.slice(out.indexOf("  hyperv:")).replaceAll(/^ {2}/gm, "");
    const { config, problems, warnings } = loadConfig({
      text: `debug: {use_mock: true}\n${text}`,
      file: "config.yaml",
      folder: "/home/me",
    });
    assert.deepEqual([...problems, ...warnings], []);
    const [pool] = config?.settings.pools ?? [];
    assert.deepEqual([pool?.switchName, pool?.network?.subnet, pool?.network?.addresses], [
      "hvpool",
      "10.7.0.0/16",
      "static",
    ]);
    const again = JSON.parse((await network("create --subnet 10.7.0.0/16 --json")).out);
    assert.deepEqual([again.made, again.gateway], [[], "10.7.0.1"]);
    assert.deepEqual(again.configuration.network, {
      subnet: "10.7.0.0/16",
      addresses: "static",
      dns: ["1.1.1.1"],
    });
  });
});

Deno.test("hvpool network asks before it changes something, and changes nothing without an answer", async () => {
  await onHost(async (network) => {
    const silent = await network("create");
    assert.equal(silent.code, 2);
    assert.match(silent.err, /^error: Make the internal switch hvpool.*no terminal to ask on: add --yes\.$/);
    const asked: string[] = [];
    const no = await network("create", (question) => asked.push(question) === 0);
    assert.deepEqual([no.code, no.err], [1, "Nothing was changed."]);
    assert.match((await network("show")).out, /there is none called hvpool/);
    assert.equal((await network("create", (question) => asked.push(question) > 0)).code, 0);
    assert.equal((await network("remove", (question) => asked.push(question) > 0)).code, 0);
    assert.equal(asked.length, 3);
    assert.equal(asked.at(-1), "Remove the switch hvpool and the NAT hvpool?");
  });
});

Deno.test("hvpool network leaves the host alone when the configuration is broken", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, "debug:\n  simulatr: http://127.0.0.1:1\n");
    const { programs } = await import("../../app/programs.ts");
    const { code, err } = await call(["network", "create", "--yes", "-c", file], {
      programs: () => Promise.resolve(programs),
    });
    assert.equal(code, 2);
    assert.match(err, /simulatr/);
  });
});
