# The watch worker: tells which VM has changed its state, and once a second that it lives. What it tells is a reason
# to read, not a reading.

function Register-HvWatch {
    # Changes of state, new VMs and removed ones. Hyper-V raises the first itself, so WITHIN is an upper bound.
    [CmdletBinding()]
    param()

    $queries = [ordered]@{
        'hvpool.changed' = "SELECT * FROM __InstanceModificationEvent WITHIN 1 WHERE TargetInstance ISA 'Msvm_ComputerSystem' AND TargetInstance.EnabledState <> PreviousInstance.EnabledState"
        'hvpool.made'    = "SELECT * FROM __InstanceCreationEvent WITHIN 2 WHERE TargetInstance ISA 'Msvm_ComputerSystem'"
        'hvpool.removed' = "SELECT * FROM __InstanceDeletionEvent WITHIN 2 WHERE TargetInstance ISA 'Msvm_ComputerSystem'"
    }
    foreach ($name in $queries.Keys) {
        [void](Register-CimIndicationEvent -Namespace 'root\virtualization\v2' -Query $queries[$name] -SourceIdentifier $name)
    }
}

function Get-HvWatchedId {
    # Id of the VM that an event is about; nothing where it is about the host. A subscription that has ended is an
    # error: the worker ends, and a new one subscribes anew.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Happened
    )

    $failure = Get-HvValue -InputObject $Happened.SourceEventArgs -Name 'Exception'
    if ($null -ne $failure) {
        throw $failure
    }
    $name = [string]$Happened.SourceEventArgs.NewEvent.TargetInstance.Name
    if ($name -match '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$') {
        return $name.ToLowerInvariant()
    }
}

function Start-HvWatch {
    # Waits for events in this thread: actions of events would never run in one that is blocked. It ends when its
    # stdout does, or when it is ended.
    [CmdletBinding()]
    param()

    Open-HvStream
    Register-HvWatch
    Write-HvReady
    while ($true) {
        [void](Wait-Event -Timeout 1)
        $told = @{}
        foreach ($happened in @(Get-Event -ErrorAction SilentlyContinue)) {
            Remove-Event -EventIdentifier $happened.EventIdentifier
            $vmId = Get-HvWatchedId -Happened $happened
            if ($null -ne $vmId -and -not $told.ContainsKey($vmId)) {
                $told[$vmId] = $true
                Write-HvLine -Json (ConvertTo-Json -InputObject ([ordered]@{ type = 'vm.power'; vmId = $vmId }) -Compress)
            }
        }
        Write-HvLine -Json '{"type":"beat"}'
    }
}
