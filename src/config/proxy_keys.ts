/** Keys of `proxy:`. */
import { z } from "zod";
import { key, text } from "./schema_key.ts";

/** The section `proxy:`. */
export const proxySection = z.strictObject({
  http: key(text, "Address of the proxy for http; runners get it as `http_proxy`.", {
    examples: ["http://proxy.example.com:3128"],
  }),
  https: key(
    text,
    "Address of the proxy for https, which GitHub is reached by; runners get it as `https_proxy`.",
    {
      examples: ["http://proxy.example.com:3128"],
    },
  ),
  no_proxy: key(
    z.array(text),
    "Hosts that are reached without it, with everything below them; runners get them as `no_proxy`.",
    { examples: [["localhost", ".example.com"]] },
  ),
  url: key(text, "Older way to write the same address as `http` and as `https`."),
  bypass: key(z.array(text), "Older name of `no_proxy`."),
});
