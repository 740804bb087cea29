/** `fold`, the part about templates: registered ones, images that are prepared, and the runners that are offered. */
import type { Event, TemplateEvent } from "./events.ts";
import { followTemplate, setDisk } from "./fold_pool.ts";
import { isRegistered } from "./rollout.ts";
import type { Cycle, State } from "./state.ts";

type Placed<T> = Extract<Event, { type: T }>;

function register(s: State, { data, at }: Placed<"template.registered">): void {
  const { template: name, settings, disk, origin } = data;
  const version = (s.templates.get(name)?.version ?? 0) + 1;
  s.templates.set(name, { settings, disk, version, registeredAt: at, origin });
  prepared(s, name);
  followTemplate(s, name);
}

/** A prepared image in the place of the one that it was made from. */
function refresh(s: State, { data, at }: Placed<"template.refreshed">): void {
  const { template: name, disk } = data;
  prepared(s, name);
  const registered = s.templates.get(name);
  if (registered !== undefined) {
    const { from: _, ...own } = disk;
    const settings = { ...registered.settings, path: own.path };
    s.templates.set(name, {
      ...registered,
      settings,
      disk: own,
      version: registered.version + 1,
      registeredAt: at,
    });
    return followTemplate(s, name);
  }
  s.refreshed.set(name, disk);
  for (const pool of s.pools.values()) {
    const { template } = pool.settings;
    const from = pool.disk?.from ?? pool.disk?.identity;
    if (template.name === name && from === disk.from) setDisk(pool, disk);
  }
}

function prepared(s: State, name: string): void {
  if (s.preparation?.template.name === name) delete s.preparation;
  s.unprepared.delete(name);
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
      s.unprepared.delete(event.data.template);
      return followTemplate(s, event.data.template);
    default:
      return event satisfies never;
  }
}

/** A preparation begins. */
export function foldPreparation(s: State, { data, at }: Placed<"preparation.started">): void {
  const { cycle, settings, from, purpose, switchName, runner, source, again = 0 } = data;
  s.unprepared.delete(settings.name);
  s.preparation = {
    cycle,
    template: settings,
    from,
    purpose,
    switchName,
    startedAt: at,
    origin: settings.path,
    source,
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
  const { template: settings, from, runner, purpose, switchName, source, again } = preparation;
  const wanted = {
    settings,
    from,
    purpose,
    switchName,
    source,
    again,
    ...(runner === undefined ? {} : { runner }),
  };
  s.unprepared.set(settings.name, { at, cause: message, wanted, interrupted: cause.endsWith("-unknown") });
  delete s.preparation;
}

/** Templates of the configuration whose pools are gone leave nothing behind. */
export function forgetRefreshed(s: State): void {
  const names = new Set(
    s.settings.pools.filter((pool) => !isRegistered(pool)).map(({ template }) => template.name),
  );
  for (const name of s.refreshed.keys()) if (!names.has(name)) s.refreshed.delete(name);
}
