# vm.list: one cheap pass over all VMs, whoever made them.

function ConvertTo-HvListedPower {
    # EnabledState of a VM as one of the words of the call list. A failing VM is told by its health: the numbers of
    # the critical states differ between versions.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [int]$EnabledState,

        [Parameter(Mandatory)]
        [int]$HealthState
    )

    $words = @{
        2     = 'running'
        3     = 'off'
        4     = 'stopping'
        6     = 'saved'
        9     = 'paused'
        10    = 'starting'
        11    = 'starting'
        32773 = 'saving'
        32776 = 'saving'
        32777 = 'starting'
        32779 = 'saved'
        32780 = 'saving'
    }
    # 20: major failure. 25: critical failure.
    if ($HealthState -ge 20 -or -not $words.ContainsKey($EnabledState)) {
        return 'critical'
    }
    return $words[$EnabledState]
}

function ConvertTo-HvListedHeartbeat {
    # The number of a summary's heartbeat as one of the words of the call list; $null stays $null.
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object]$Number
    )

    if ($null -eq $Number -or [int]$Number -eq 0) {
        return $null
    }
    $words = @{
        2     = 'ok'
        3     = 'ok'
        6     = 'error'
        7     = 'error'
        12    = 'no-contact'
        13    = 'lost-communication'
        32896 = 'disabled'
    }
    if ($words.ContainsKey([int]$Number)) {
        return $words[[int]$Number]
    }
    return 'unknown'
}

function Get-HvMemoryById {
    # Start memory in MB by the id in lower case. Settings of checkpoints have ids of their own and do no harm.
    [CmdletBinding()]
    param()

    $byId = @{}
    foreach ($memory in @(Get-HvInstance -ClassName 'Msvm_MemorySettingData')) {
        # InstanceID: Microsoft:<id of the VM>\<id of the setting>
        if ([string]$memory.InstanceID -match '^Microsoft:([0-9A-Fa-f-]{36})\\') {
            $byId[$Matches[1].ToLowerInvariant()] = [long]$memory.VirtualQuantity
        }
    }
    return $byId
}

function Get-HvSavedMb {
    # Size of a saved state in MB; $null where there is no such file, or where it cannot be seen.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Directory,

        [Parameter(Mandatory)]
        [string]$Id
    )

    # Whoever lists it may remove the VM meanwhile: a size is for people, and no reason to fail.
    try {
        $file = [System.IO.FileInfo]::new([System.IO.Path]::Combine($Directory, 'Virtual Machines', "$Id.vmrs"))
        if ($file.Exists) {
            return [long][System.Math]::Ceiling($file.Length / 1048576)
        }
    }
    catch [System.IO.IOException], [System.UnauthorizedAccessException], [System.ArgumentException] {
        return $null
    }
    return $null
}

function Invoke-HvVmList {
    # vm.list. Summaries come from one call; where the configuration lies and the start memory from one query each.
    [CmdletBinding()]
    param()

    $service = Get-HvManagementService
    # 0 Name, 1 ElementName, 3 Notes, 100 EnabledState, 101 ProcessorLoad, 104 Heartbeat, 105 UpTime, 109 HealthState
    $arguments = @{ RequestedInformation = [uint32[]]@(0, 1, 3, 100, 101, 104, 105, 109) }
    $answer = Invoke-HvMethod -InputObject $service -ClassName 'Msvm_VirtualSystemManagementService' -Method 'GetSummaryInformation' -Arguments $arguments
    $summaries = @(@(Get-HvValue -InputObject $answer -Name 'SummaryInformation') | Where-Object -FilterScript { $null -ne $_ })

    $directories = @{}
    foreach ($setting in @(Get-HvInstance -ClassName 'Msvm_VirtualSystemSettingData' -Filter "VirtualSystemType = 'Microsoft:Hyper-V:System:Realized'")) {
        $directories[([string]$setting.VirtualSystemIdentifier).ToLowerInvariant()] = [string]$setting.ConfigurationDataRoot
    }
    $memory = Get-HvMemoryById

    $complete = $true
    $listed = @{}
    $vms = @(
        foreach ($summary in $summaries) {
            $id = ([string]$summary.Name).ToLowerInvariant()
            # Made or removed while we asked: the list is not complete, and the next one will be.
            if (-not $directories.ContainsKey($id) -or -not $memory.ContainsKey($id)) {
                $complete = $false
                continue
            }
            $listed[$id] = $true
            $power = ConvertTo-HvListedPower -EnabledState ([int]$summary.EnabledState) -HealthState ([int]$summary.HealthState)
            $uptime = [long]0
            $load = [int]0
            if ($power -ne 'off' -and $power -ne 'saved') {
                $uptime = [long]$summary.UpTime
                $load = [int]$summary.ProcessorLoad
            }
            $row = [ordered]@{
                id         = $id
                name       = [string]$summary.ElementName
                power      = $power
                notes      = [string]$summary.Notes
                directory  = $directories[$id]
                uptimeMs   = $uptime
                memoryMb   = $memory[$id]
                heartbeat  = ConvertTo-HvListedHeartbeat -Number $summary.Heartbeat
                cpuPercent = $load
            }
            if ($power -eq 'saved') {
                $saved = Get-HvSavedMb -Directory $directories[$id] -Id $id
                if ($null -ne $saved) {
                    $row['savedMb'] = $saved
                }
            }
            $row
        }
    )
    foreach ($id in $directories.Keys) {
        if (-not $listed.ContainsKey($id)) {
            $complete = $false
        }
    }
    return [ordered]@{
        bootId   = Get-HvBootId
        complete = $complete
        vms      = $vms
    }
}
