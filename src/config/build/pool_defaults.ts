/** What pools that are made at run time have of the file: `hvpool pool create` writes no more than what differs. */
import { agentDelivery } from "../../model/agent_pool.ts";
import type { NetworkSettings } from "../../model/network.ts";
import type { PoolDefaults } from "../../model/settings.ts";
import { registeredTemplate } from "../../model/templates.ts";
import type { BuildContext } from "./context.ts";
import { templateDelivery, templateLoader } from "./delivery.ts";
import { given } from "./recorder.ts";
import type { Templates } from "./templates.ts";

/** Chooses them. What is wrong with them is said where pools and templates of the file are built. */
export function buildPoolDefaults(context: BuildContext, { usable }: Templates): PoolDefaults {
  const { hyperv = {}, runners = {} } = context.values;
  const deliveryOf = (template: { readonly name: string; readonly path: string }) => {
    const [, own] = templateDelivery(context, template);
    return agentDelivery(own ?? hyperv.delivery ?? "auto", templateLoader(context, template).loader);
  };
  return {
    templates: usable.map((settings) => ({ settings, ...deliveryOf(settings) })),
    switchName: hyperv.switch ?? "",
    ...networkOf(context),
    ...deliveryOf(registeredTemplate("")),
    ...(runners.canary === 0 ? { canary: 0 } : {}),
  };
}

function networkOf({ values: { network = {} } }: BuildContext): Pick<PoolDefaults, "network"> {
  const { isolation = "none", addresses = "dhcp", dns = [], vlan } = network;
  const subnet = given(network.subnet);
  const own: NetworkSettings = {
    ...(isolation === "none" ? {} : { isolation }),
    ...(subnet === undefined ? {} : { subnet }),
    ...(addresses === "dhcp" ? {} : { addresses }),
    ...(dns.length === 0 ? {} : { dns }),
    ...(vlan === undefined ? {} : { vlan }),
  };
  return Object.keys(own).length === 0 ? {} : { network: own };
}
