/** What others use to talk to a running hvpool. */
export type {
  EventAnswer,
  EventsPage,
  EventsQuery,
  RolloutActionName,
  RolloutAnswer,
  StatusAnswer,
} from "../api/schemas.ts";
export { Client, type ClientOptions, type Followed, type FollowOptions } from "./client.ts";
export { type Endpoint, findEndpoint, isAlive } from "./endpoint.ts";
export { ApiError, NotRunning, Unauthorized } from "./errors.ts";
