import assert from "node:assert/strict";
import { type Here, hostPathValue, placeValue, templateOrPath } from "./host_path.ts";

const WINDOWS: Here = { platform: "windows", folder: "D:\\images" };
const LINUX: Here = { platform: "linux", folder: "/home/me" };

Deno.test("hostPathValue() begins at the current folder on Windows", () => {
  const cases = [
    ["win11.vhdx", "D:\\images\\win11.vhdx"],
    ["..\\a\\win11.vhdx", "D:\\a\\win11.vhdx"],
    ["C:/Templates/win11.vhdx", "C:\\Templates\\win11.vhdx"],
    ["\\\\nas\\share\\win11.vhdx", "\\\\nas\\share\\win11.vhdx"],
  ] as const;
  for (const [text, path] of cases) assert.equal(hostPathValue(text, WINDOWS), path);
});

Deno.test("hostPathValue() takes absolute paths of Windows alone elsewhere, and says what is expected", () => {
  assert.equal(hostPathValue("C:\\Templates\\win11.vhdx", LINUX), "C:\\Templates\\win11.vhdx");
  for (const text of ["win11.vhdx", "Templates\\win11.vhdx", ""]) {
    assert.throws(
      () => hostPathValue(text, LINUX),
      /absolute path of the Hyper-V host, such as C:\\Templates/,
    );
  }
  assert.throws(
    () => hostPathValue("/srv/win11.vhdx", LINUX),
    /^.*The path has no drive\. Begin it with a drive/,
  );
});

Deno.test("hostPathValue() holds to the rules of the configuration", () => {
  for (const here of [WINDOWS, LINUX]) {
    assert.throws(() => hostPathValue("C:win11.vhdx", here), /Did you mean C:\\win11\.vhdx\?/);
    assert.throws(() => hostPathValue("C:\\a?.vhdx", here), /holds \?.* such as C:/);
    assert.throws(() => hostPathValue("%TEMP%\\a.vhdx", here), /variable %TEMP%.*Write the path out\./);
  }
});

Deno.test("placeValue() takes web addresses as they are, without a password in them", () => {
  const address = "https://files.example/win11?sig=x";
  assert.equal(placeValue(address, LINUX), address);
  assert.equal(placeValue("C:\\exports", LINUX), "C:\\exports");
  assert.equal(placeValue("exports", WINDOWS), "D:\\images\\exports");
  assert.throws(() => placeValue("ftp://files.example/win11", LINUX), /https:\/\/files\.example/);
  assert.throws(() => placeValue("https://", LINUX), /https:\/\/files\.example/);
  assert.throws(() => placeValue("https://me:pw@files.example/", LINUX), /--header/);
  assert.throws(() => placeValue("exports", LINUX), /absolute path/);
});

Deno.test("templateOrPath() tells a template's name from a disk", () => {
  assert.equal(templateOrPath("win11-base", LINUX), "win11-base");
  assert.equal(templateOrPath("win11.vhdx", WINDOWS), "D:\\images\\win11.vhdx");
  assert.throws(() => templateOrPath("win11.vhdx", LINUX), /absolute path/);
});
