import { deepEqual, equal } from "node:assert/strict";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../deno.json" with { type: "json" };
import { statusSchema } from "../src/api/schemas.ts";
import { COMMANDS } from "../src/cli/command_list.ts";
import { loadConfig } from "../src/config/load.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Made by programs or not part of the repository. */
const LEFT_OUT = /^(\.git|dist|coverage|data|node_modules)$/;
const TEXT = /(\.(ts|md|json|jsonc|ya?ml|lock|ps1|sh|hcl|tf|txt)|\/(run|LICENSE|\.git\w+))$/;

interface TextFile {
  /** Inside the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

async function textFiles(folder = ROOT): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (LEFT_OUT.test(entry.name)) continue;
    const full = join(folder, entry.name);
    if (entry.isDirectory) files.push(...await textFiles(full));
    else if (TEXT.test(full.replaceAll("\\", "/"))) {
      const path = relative(ROOT, full).replaceAll("\\", "/");
      files.push({ path, text: await Deno.readTextFile(full) });
    }
  }
  return files;
}

const files = await textFiles();
const pages = files.filter(({ path }) => path.endsWith(".md"));
const readme = pages.find(({ path }) => path === "README.md")?.text ?? "";

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
}

/** The contents of the fenced blocks in a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].filter(([, of]) => of === language)
    .map(([, , content = ""]) => content);
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

/** What is wrong with a link on a page; nothing when it leads somewhere. Addresses on the web are not tried. */
function brokenLink(page: TextFile, link: string): string | undefined {
  if (/^(https?|mailto):/.test(link)) return undefined;
  const [path = "", anchor] = link.split("#");
  const target = path === ""
    ? page.path
    : relative(ROOT, resolve(ROOT, dirname(page.path), path)).replaceAll("\\", "/");
  const file = files.find((each) => each.path === target);
  const isFolder = files.some((each) => each.path.startsWith(`${target}/`));
  if (file === undefined && !isFolder) return `${page.path}: ${link} leads nowhere`;
  if (anchor !== undefined && !anchors(file?.text ?? "").has(anchor)) {
    return `${page.path}: ${link} has no heading`;
  }
  return undefined;
}

Deno.test("every link in the documentation leads somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...withoutCode(page.text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => brokenLink(page, link))
  ).filter((problem) => problem !== undefined);
  deepEqual(broken, []);
  equal(pages.length > 5, true);
});

Deno.test("a link to a missing page or heading is noticed", () => {
  const page = { path: "docs/x.md", text: "" };
  equal(brokenLink(page, "missing.md"), "docs/x.md: missing.md leads nowhere");
  equal(brokenLink(page, "../README.md#nothing"), "docs/x.md: ../README.md#nothing has no heading");
  equal(brokenLink(page, "architecture.md#the-laws"), undefined);
});

Deno.test("files and folders that the documentation names in backticks exist", () => {
  const missing = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:src|tests|scripts|docs|\.ci|\.github)\/[\w./-]*)`/g)]
      .filter(([, name = ""]) =>
        !files.some((file) => file.path === name || file.path.startsWith(`${name.replace(/\/$/, "")}/`))
      )
      .map(([, name]) => `${path}: ${name}`)
  );
  deepEqual(missing, []);
});

Deno.test("the documentation names tasks and commands that exist", () => {
  const tasks = new Set(Object.keys(project.tasks));
  const commands = new Set([...COMMANDS.map(({ name }) => name), "help"]);
  const wrong = pages.flatMap(({ path, text }) =>
    [
      ...[...text.matchAll(/\btask (?:-q )?([a-z-]+)/g)].filter(([, name = ""]) => !tasks.has(name)),
      ...[...text.matchAll(/(?:`|\$ )hvpool ([a-z]+)/g)].filter(([, name = ""]) => !commands.has(name)),
    ].map(([found]) => `${path}: ${found}`)
  );
  deepEqual(wrong, []);
});

Deno.test("every file that starts Deno by its version names the same one", () => {
  const versions = files.flatMap(({ text }) =>
    [...text.matchAll(/npx -y deno@([\d.]+\d)/g)].map(([, version]) => version)
  );
  deepEqual([...new Set(versions)], ["2.9.5"]);
});

Deno.test("the configurations in the README are valid", () => {
  const configurations = blocks(readme, "yaml");
  equal(configurations.length, 2);
  for (const text of configurations) {
    deepEqual(loadConfig({ text, file: "config.yaml", platform: "windows" }).problems, []);
  }
});

Deno.test("the status in the README is one by its schema, with every key of it", () => {
  const [status = ""] = blocks(readme, "json");
  statusSchema.parse(JSON.parse(status));
  const { shape } = statusSchema;
  deepEqual(Object.keys(JSON.parse(status)), Object.keys(shape));
  deepEqual(Object.keys(JSON.parse(status).vms[0]), Object.keys(shape.vms.element.shape));
  deepEqual(Object.keys(JSON.parse(status).pools[0]), Object.keys(shape.pools.element.shape));
});

Deno.test("no file names a folder of the machine it was written on, or the address of a package registry", () => {
  // Tests may have a user called "me".
  const machine = /(?<![\w.:}*>])\/(work|root|tmp|home\/(?!me\/)[a-z]+)\/|registry\.[a-z]+\.(org|com)/;
  const found = files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      machine.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []
    )
  );
  deepEqual(found, []);
});
