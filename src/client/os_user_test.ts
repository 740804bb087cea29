import assert from "node:assert/strict";
import { osUser } from "./os_user.ts";

const from = (variables: Readonly<Record<string, string>>) => (name: string) => variables[name];
const user = () => "alice";
const host = () => "desk";

Deno.test("osUser() is domain and name on Windows, else name and machine", () => {
  assert.equal(osUser({ env: from({ USERNAME: "alice", USERDOMAIN: "CORP" }), user, host }), "CORP\\alice");
  assert.equal(osUser({ env: from({}), user, host }), "alice@desk");
});

Deno.test("osUser() takes what is told where the system refuses the rest, and never fails", () => {
  const refuse = () => {
    throw new Deno.errors.NotCapable("Requires sys access");
  };
  assert.equal(osUser({ env: from({ USER: "bob" }), user: refuse, host: refuse }), "bob");
  assert.equal(osUser({ env: refuse, user: refuse, host }), undefined);
  assert.equal(osUser({ env: from({ USERNAME: "  " }), user: () => "", host }), undefined);
});
