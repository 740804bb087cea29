/** `fold`, the part about templates: registered ones, images that are prepared, and the runners that are offered. */
import { by } from "./by.ts";
import type { Event, TemplateEvent } from "./events.ts";
import { followTemplate, setDisk } from "./fold_pool.ts";
import { refreshedKey, wantsRunner } from "./preparation.ts";
import { DRAINED } from "./rules/causes.ts";
import type { Cycle, State } from "./state.ts";

type Placed<T> = Extract<Event, { type: T }>;

function register(s: State, { data, at }: Placed<"template.registered">): void {
  const { template: name, settings, disk, origin } = data;
  const version = (s.templates.get(name)?.version ?? 0) + 1;
  s.templates.set(name, { settings, disk, version, registeredAt: at, origin });
  prepared(s, name);
  followTemplate(s, name);
}

/** A prepared image in the place of the one that it was made from, for the pools that want its runner. */
function refresh(s: State, { data }: Placed<"template.refreshed">): void {
  const { template: name, disk } = data;
  prepared(s, name);
  s.refreshed.set(refreshedKey(name, disk), disk);
  for (const pool of s.pools.values()) {
    const from = pool.disk?.from ?? pool.disk?.identity;
    const same = pool.settings.template.name.toLowerCase() === name.toLowerCase();
    if (same && from === disk.from && wantsRunner(s, pool.settings, disk.image?.runner)) setDisk(pool, disk);
  }
  forgetRefreshed(s);
}

/** Names of templates are the same whatever their case. */
function forgetUnprepared(s: State, name: string): void {
  for (const known of s.unprepared.keys()) {
    if (known.toLowerCase() === name.toLowerCase()) s.unprepared.delete(known);
  }
}

function prepared(s: State, name: string): void {
  if (s.preparation?.template.name.toLowerCase() === name.toLowerCase()) delete s.preparation;
  forgetUnprepared(s, name);
}

/** The end of the program, or a drain: nothing of what is prepared is to blame, so it is begun again. */
function isInterruption(cause: string): boolean {
  return cause.endsWith("-unknown") || cause === DRAINED;
}

/** What happens to templates. */
export function foldTemplate(s: State, event: Event & TemplateEvent): void {
  switch (event.type) {
    case "template.registered":
      return register(s, event);
    case "template.refreshed":
      return refresh(s, event);
    case "template.deleted":
      s.templates.delete(event.data.template);
      forgetUnprepared(s, event.data.template);
      return followTemplate(s, event.data.template);
    default:
      return event satisfies never;
  }
}

/** A preparation begins. */
export function foldPreparation(s: State, { data, at }: Placed<"preparation.started">): void {
  const { cycle, settings, from, identity = from, purpose, switchName, runner, again = 0 } = data;
  forgetUnprepared(s, settings.name);
  s.preparation = {
    cycle,
    template: settings,
    from,
    identity,
    purpose,
    switchName,
    startedAt: at,
    origin: settings.path,
    ...by(data),
    again,
    fetched: false,
    copied: 0,
    installed: false,
    ...(runner === undefined ? {} : { runner }),
  };
}

/** A cycle ends its life: what was being prepared on it came to nothing, if it was not kept before. */
export function foldUnprepared(
  s: State,
  cycle: Cycle,
  { cause, message, at }: { cause: string; message: string; at: number },
): void {
  const { preparation } = s;
  if (preparation?.cycle !== cycle.id) return;
  const { template: settings, from, identity, runner, purpose, switchName, again } = preparation;
  const wanted = {
    settings,
    from,
    identity,
    purpose,
    switchName,
    ...by(preparation),
    again,
    ...(runner === undefined ? {} : { runner }),
  };
  const interrupted = isInterruption(cause);
  s.unprepared.set(settings.name, { at, cause: message, code: cause, wanted, interrupted });
  delete s.preparation;
}

/** Prepared images that no pool makes machines from any more are kept by nobody but their machines. */
export function forgetRefreshed(s: State): void {
  const used = new Set(Array.from(s.pools.values(), ({ disk }) => disk?.path));
  for (const [key, { path }] of s.refreshed) if (!used.has(path)) s.refreshed.delete(key);
}
