# Shapes that several calls share: enumerations as the words of the call list, ids, VMs and switches by id.

function Get-HvValue {
    # A property's value, or $null where the object has no such property (StrictMode would end the call).
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object]$InputObject,

        [Parameter(Mandatory)]
        [string]$Name
    )

    if ($null -eq $InputObject) {
        return $null
    }
    $property = $InputObject.PSObject.Properties[$Name]
    if ($null -eq $property) {
        return $null
    }
    return $property.Value
}

function ConvertTo-HvId {
    # A GUID as hvpool writes it: lower case, without braces.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$Id
    )

    return $Id.ToString('D')
}

function ConvertTo-HvPower {
    # The name of a VMState as one of the words of the call list. Numbers above 32782 differ between versions.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$State
    )

    $words = @{
        Off           = 'off'
        Starting      = 'starting'
        Resuming      = 'starting'
        Reset         = 'starting'
        Running       = 'running'
        Saving        = 'saving'
        FastSaving    = 'saving'
        Pausing       = 'saving'
        Saved         = 'saved'
        FastSaved     = 'saved'
        Hibernated    = 'saved'
        Paused        = 'paused'
        Stopping      = 'stopping'
        ForceShutdown = 'stopping'
        ForceReboot   = 'stopping'
    }
    if ($words.ContainsKey($State)) {
        return $words[$State]
    }
    return 'critical'
}

function ConvertTo-HvHeartbeat {
    # The name of a VMHeartbeatStatus as one of the words of the call list; $null stays $null.
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object]$Status
    )

    if ($null -eq $Status -or [string]$Status -eq '') {
        return $null
    }
    $words = @{
        OkApplicationsUnknown  = 'ok'
        OkApplicationsHealthy  = 'ok'
        OkApplicationsCritical = 'ok'
        NoContact              = 'no-contact'
        LostCommunication      = 'lost-communication'
        Error                  = 'error'
        Paused                 = 'paused'
        Disabled               = 'disabled'
    }
    if ($words.ContainsKey([string]$Status)) {
        return $words[[string]$Status]
    }
    return 'unknown'
}

function Test-HvCommand {
    # Whether this host's Hyper-V module has a command, and where Parameter is given, whether that takes it.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name,

        [string]$Parameter = ''
    )

    $command = Get-Command -Name "Hyper-V\$Name" -ErrorAction SilentlyContinue
    if ($null -eq $command) {
        return $false
    }
    return ($Parameter -eq '' -or $command.Parameters.ContainsKey($Parameter))
}

function Get-HvVm {
    # One VM by id: the only address that is unique.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $found = @(Hyper-V\Get-VM -Id $VmId)
    if ($found.Count -ne 1) {
        throw (New-HvError -Message "There is no virtual machine with the id $VmId." -Id 'ObjectNotFound,Get-VM' -Category ObjectNotFound -Target $VmId)
    }
    return $found[0]
}

function Test-HvVm {
    # Whether a VM with this id is registered. What is neither yes nor no is an error.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    try {
        return (@(Hyper-V\Get-VM -Id $VmId).Count -gt 0)
    }
    catch {
        if ([string]$_.CategoryInfo.Category -ne 'ObjectNotFound' -or $_.Exception -is [System.Management.Automation.CommandNotFoundException]) {
            throw
        }
        return $false
    }
}

function Get-HvPower {
    # The answer of every call that changes a power state, read anew.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    return [ordered]@{ power = ConvertTo-HvPower -State ([string]$vm.State) }
}

function Get-HvSwitch {
    # One switch by its name, taken as it is, or the Default Switch by its id, since its name is localized.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$Name
    )

    $defaultId = 'c08cb7b8-9b3c-408e-8e30-5e16a3aeb444'
    if ($Name -eq '') {
        $found = @(Hyper-V\Get-VMSwitch | Where-Object -FilterScript { (ConvertTo-HvId -Id $_.Id) -eq $defaultId })
        $message = 'This host has no Default Switch. Name a switch in hyperv.switch.'
    }
    else {
        $found = @(Hyper-V\Get-VMSwitch | Where-Object -FilterScript { [string]$_.Name -eq $Name })
        $message = "Hyper-V was unable to find a virtual switch with name `"$Name`"."
    }
    if ($found.Count -eq 0) {
        throw (New-HvError -Message $message -Id 'InvalidParameter,Get-VMSwitch' -Category InvalidArgument -Target $Name)
    }
    return $found[0]
}
