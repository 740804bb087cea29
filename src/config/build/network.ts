/** The network of a pool's machines: `network:` of the host, and of the pool before it. */
import { type NetworkSettings, rulesFor } from "../../model/network.ts";
import { addressRanges } from "../../model/network_addresses.ts";
import { isWithin, parseAddress, parseSubnet } from "../../model/network_ipv4.ts";
import { CACHE_VARIABLE, type PoolSettings } from "../../model/settings.ts";
import { nameServerFault, nameServersFault, subnetFault } from "../check/subnet.ts";
import { formatPath, type KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { type Chosen, given } from "./recorder.ts";

/** What of a pool its network must go together with. */
interface Around {
  /** Empty: the Default Switch. */
  readonly switchName: string;
  readonly env: Readonly<Record<string, string>>;
  readonly registration: "jit" | "token";
}

interface Parts {
  readonly isolation: Chosen<"none" | "guests" | "lan">;
  readonly subnet: Chosen<string | undefined>;
  readonly addresses: Chosen<"dhcp" | "static">;
  readonly dns: Chosen<readonly string[]>;
  readonly vlan: Chosen<number | undefined>;
}

/** Chooses and checks a pool's network; what is as it would be anyway is left out. */
export function buildNetwork(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
  around: Around,
): Pick<PoolSettings, "network"> {
  const parts = choose(context, at, item);
  checkForms(context, parts);
  checkAddresses(context, parts, around);
  const { isolation, subnet, addresses, dns, vlan } = parts;
  const network: NetworkSettings = {
    ...(isolation.value === "none" ? {} : { isolation: isolation.value }),
    ...(subnet.value === undefined ? {} : { subnet: subnet.value }),
    ...(addresses.value === "dhcp" ? {} : { addresses: addresses.value }),
    ...(dns.value.length === 0 ? {} : { dns: dns.value }),
    ...(vlan.value === undefined ? {} : { vlan: vlan.value }),
  };
  checkIsolation(context, parts, { ...around, network });
  if (vlan.value !== undefined && around.switchName === "") {
    warnOnce(context, vlan.path, "the Default Switch knows no VLANs", {
      remedy: "Name an external switch, or remove vlan",
    });
  }
  return Object.keys(network).length === 0 ? {} : { network };
}

/** Says which pools find no room in their subnet; `places` are where pools stand in the file, by name. */
export function checkRanges(
  { document: { findings }, values: { pools = [] } }: BuildContext,
  built: readonly PoolSettings[],
  places: ReadonlyMap<string, KeyPath>,
): void {
  for (const [name, range] of addressRanges(built)) {
    if (!("fault" in range)) continue;
    const at = places.get(name) ?? [];
    const own = given(pools[Number(at.at(-1))]?.network?.subnet) !== undefined;
    const path = own ? [...at, "network", "subnet"] : ["network", "subnet"];
    if (findings.wrong(path)) continue;
    if (range.fault === "overlap") {
      findings.error(path, `has addresses in common with the subnet of the pool ${range.with}`, {
        remedy: "Give both pools the same subnet, or subnets side by side",
      });
      continue;
    }
    findings.error(
      path,
      `has room for ${range.free} machine${range.free === 1 ? "" : "s"}, and its pools have ${range.wanted}`,
      { remedy: "Write a greater subnet, or smaller sizes" },
    );
  }
}

function choose({ values: { network = {} }, recorder }: BuildContext, at: KeyPath, item: PoolValues): Parts {
  const own = item.network ?? {};
  const as = (key: string): KeyPath => [...at, "network", key];
  const pick = <T>(key: string, first: T | undefined, second: T | undefined, fallback: T, note = "") =>
    recorder.choose<T>([[as(key), first], [["network", key], second]], fallback, { as: as(key), note });
  return {
    isolation: pick<Parts["isolation"]["value"]>("isolation", own.isolation, network.isolation, "none"),
    subnet: pick<string | undefined>(
      "subnet",
      given(own.subnet),
      given(network.subnet),
      undefined,
      "not known",
    ),
    addresses: pick<Parts["addresses"]["value"]>("addresses", own.addresses, network.addresses, "dhcp"),
    dns: pick<readonly string[]>("dns", own.dns, network.dns, [], "those of DHCP"),
    vlan: pick<number | undefined>("vlan", own.vlan, network.vlan, undefined, "none"),
  };
}

/** What several pools inherit is wrong once. */
function checkForms({ document: { findings } }: BuildContext, { subnet, dns }: Parts): void {
  const fault = subnet.value === undefined || findings.wrong(subnet.path)
    ? undefined
    : subnetFault(subnet.value);
  if (fault !== undefined) findings.error(subnet.path, fault.message, fault);
  if (findings.wrong(dns.path)) return;
  const many = nameServersFault(dns.value);
  if (many !== undefined) findings.error(dns.path, many.message, many);
  dns.value.forEach((server, i) => {
    const wrong = nameServerFault(server);
    if (wrong !== undefined) findings.error([...dns.path, i], wrong.message, wrong);
  });
}

function checkAddresses(
  context: BuildContext,
  { subnet, addresses, dns }: Parts,
  { switchName, registration }: Around,
): void {
  const { findings } = context.document;
  if (subnet.value !== undefined && switchName === "") {
    warnOnce(context, subnet.path, "the Default Switch has another network after each start of the host", {
      remedy: "Name another switch, such as the one that hvpool network create makes, or remove subnet",
    });
  }
  if (addresses.value !== "static") return;
  if (subnet.value === undefined && !findings.wrong(subnet.path) && !findings.wrong(addresses.path)) {
    findings.error(addresses.path, "static addresses need a subnet", {
      remedy: "Write network.subnet, such as 192.168.240.0/24: the network of the switch",
    });
  }
  if (registration === "token" && !findings.wrong(addresses.path)) {
    findings.error(addresses.path, "a guest that registers by itself is told no address", {
      remedy: "Write registration: jit, or addresses: dhcp",
    });
  }
  if (dns.value.length === 0 && !findings.wrong(dns.path)) {
    warnOnce(
      context,
      addresses.path,
      "no name server is written, and with static addresses no other is known",
      {
        remedy: "Write network.dns, such as [1.1.1.1], or your network's own name servers",
      },
    );
  }
}

function checkIsolation(
  context: BuildContext,
  { isolation, subnet }: Parts,
  { switchName, env, network }: Around & { readonly network: NetworkSettings },
): void {
  const { values: { github }, document: { findings } } = context;
  if (isolation.value === "none" || findings.wrong(subnet.path)) return;
  if (switchName !== "" && subnet.value === undefined) {
    warnOnce(
      context,
      isolation.path,
      `the network of the switch ${
        JSON.stringify(switchName)
      } is not known: its name servers and neighbours are looked ` +
        "for where the Default Switch would have them",
      { remedy: "Write network.subnet" },
    );
  }
  const needed = [env["https_proxy"], env["http_proxy"], env[CACHE_VARIABLE], github?.api_url];
  for (const address of new Set(needed.filter((one) => one !== undefined && URL.canParse(one)))) {
    const { hostname } = new URL(address ?? "");
    if (!isKeptFrom(network, hostname)) continue;
    warnOnce(
      context,
      isolation.path,
      `isolation keeps machines from ${hostname}, which they are told to use`,
      {
        remedy: isolation.value === "lan" ? "Write guests or none here" : "Write none here",
      },
    );
  }
}

/** Whether an address that is written as such is one that machines do not reach; names are not looked up. */
function isKeptFrom(network: NetworkSettings, host: string): boolean {
  const address = parseAddress(host);
  if (address === undefined) return false;
  return rulesFor(network).some(({ direction, action, remote }) => {
    const closed = parseSubnet(remote.includes("/") ? remote : `${remote}/32`);
    return direction === "outbound" && action === "deny" && closed !== undefined && isWithin(address, closed);
  });
}

function warnOnce(
  { document: { findings } }: BuildContext,
  path: KeyPath,
  message: string,
  details: { readonly remedy: string },
): void {
  const where = formatPath(path);
  if (!findings.warnings.some((warning) => warning.path === where && warning.message === message)) {
    findings.warn(path, message, details);
  }
}
