/** Error records of checkpoints, devices, displays and guests, beside those that every VM has. */
import type { ErrorRecord } from "../../ports/host.ts";
import { hyperV, RecordError } from "../records.ts";

/** A WMI method that answered something else than 0. */
export function wmiFailed(method: string, code: number, target: string): RecordError {
  return new RecordError({
    message: `${method} returned ${code}.`,
    category: "InvalidResult",
    fqid: `WmiReturnValue,${method}`,
    hresult: String(code),
    command: method,
    target,
  });
}

/** No checkpoint with this id. */
export function checkpointNotFound(command: string, id: string): RecordError {
  return new RecordError(hyperV({
    id: "ObjectNotFound",
    category: "ObjectNotFound",
    command,
    target: id,
    message: "Unable to find a snapshot matching the given criteria.",
  }));
}

/** What a VM's devices forbid: GPU partitions and hypervisors of its own can be neither saved nor checkpointed. */
export function devicesForbid(command: string, name: string, why: "gpu" | "nested"): RecordError {
  const reason = why === "gpu"
    ? "it is assigned one or more GPUP partitions"
    : "a hypervisor is running inside of it";
  return new RecordError(hyperV({
    id: "OperationFailed",
    category: "InvalidOperation",
    command,
    target: name,
    message:
      `The operation failed for '${name}'. The operation cannot be performed on the virtual machine because ${reason}.`,
  }));
}

/** The guest cannot be asked to shut down, and nobody is there to be asked instead. */
export function cannotShutDown(name: string): RecordError {
  return new RecordError(hyperV({
    id: "InvalidOperation",
    category: "InvalidOperation",
    command: "Stop-VM",
    target: name,
    message: `The virtual machine '${name}' could not be shut down: its shutdown service does not answer.`,
  }));
}

/** No GPU with this path, or none at all. */
export function gpuNotFound(gpu: string): RecordError {
  return new RecordError(hyperV({
    id: "ObjectNotFound",
    category: "ObjectNotFound",
    command: "Add-VMGpuPartitionAdapter",
    target: gpu,
    message: "Unable to find a Gpu partition adapter matching the given criteria.",
  }));
}

/** Video memory of a GPU partition that no GPU has, or out of order. What a real host says to that is not documented. */
export function vramOutOfRange(vm: string): RecordError {
  return invalidParameter(
    "Add-VMGpuPartitionAdapter",
    vm,
    `Failed to add the GPU partition to '${vm}': its video memory is out of the range that the GPU offers.`,
  );
}

/** Something is asked for twice that may be there once. */
export function invalidParameter(command: string, target: string, message: string): RecordError {
  return new RecordError(
    hyperV({ id: "InvalidParameter", category: "InvalidArgument", command, target, message }),
  );
}

/** PowerShell Direct where the VM does not run. */
export function guestNotRunning(name: string): RecordError {
  return new RecordError({
    message: `The virtual machine ${name} is not in running state.`,
    category: "InvalidArgument",
    fqid: "InvalidVMState,Microsoft.PowerShell.Commands.InvokeCommandCommand",
    hresult: "",
    command: "Invoke-Command",
    target: name,
  });
}

/** PowerShell Direct to a guest that is not ready, restarts, or refuses the account: one id for them all. */
export function sessionBroken(name: string, message: string): RecordError {
  const record: ErrorRecord = {
    message,
    category: "OpenError",
    fqid: "PSSessionStateBroken",
    hresult: "",
    command: "Invoke-Command",
    target: name,
  };
  return new RecordError(record);
}
