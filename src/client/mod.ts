/** What others use to talk to a running hvpool. */
export type {
  AcquiredLease,
  AcquireLeaseRequest,
  CreatePoolRequest,
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
  PoolStatusAnswer,
  PrepareTemplateRequest,
  ProgressAnswer,
  ReasonRequest,
  RegisterTemplateRequest,
  ReleaseLeaseRequest,
  ReloadAnswer,
  RolloutActionName,
  RolloutAnswer,
  StatusAnswer,
  TemplateAnswer,
  TemplateChecks,
} from "../api/schemas.ts";
export { Client, type ClientOptions, type CordonAction } from "./client.ts";
export type { Followed, FollowOptions } from "./follow.ts";
export type { AcquireOptions, LeaseChange, LeaseClient } from "./leases.ts";
export { type ApiAddress, type Endpoint, findEndpoint, isAlive } from "./endpoint.ts";
export { osUser } from "./os_user.ts";
export type { SlowOptions } from "./transport.ts";
export { ApiError, ConnectionLost, NotAnswering, NotRunning, TimedOut, Unauthorized } from "./errors.ts";
