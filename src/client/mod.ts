/** What others use to talk to a running hvpool. */
export type {
  AcquiredLease,
  AcquireLeaseRequest,
  EventAnswer,
  EventsPage,
  EventsQuery,
  EvidenceAnswer,
  ExportTemplateRequest,
  ImportTemplateRequest,
  Inventory,
  JobAnswer,
  JobsQuery,
  LeaseAnswer,
  MaintenanceAnswer,
  PrepareTemplateRequest,
  ProgressAnswer,
  RegisterTemplateRequest,
  ReloadAnswer,
  RolloutActionName,
  RolloutAnswer,
  StatusAnswer,
  TemplateAnswer,
  TemplateChecks,
} from "../api/schemas.ts";
export { Client, type ClientOptions, type CordonAction } from "./client.ts";
export type { Followed, FollowOptions } from "./follow.ts";
export type { AcquireOptions, LeaseClient } from "./leases.ts";
export { type Endpoint, findEndpoint, isAlive } from "./endpoint.ts";
export type { SlowOptions } from "./transport.ts";
export { ApiError, ConnectionLost, NotAnswering, NotRunning, Unauthorized } from "./errors.ts";
