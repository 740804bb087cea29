# switch.*: an internal switch with the host's address on it and a NAT behind that, for hosts without a Default Switch.

function Find-HvSwitch {
    # One switch by its name, taken as it is; nothing when there is none.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name
    )

    Hyper-V\Get-VMSwitch | Where-Object -FilterScript { [string]$_.Name -eq $Name } | Select-Object -First 1
}

function Get-HvSwitchVm {
    # Names of the VMs that are connected to a switch.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$SwitchId
    )

    foreach ($adapter in @(Hyper-V\Get-VMNetworkAdapter -All)) {
        $on = Get-HvValue -InputObject $adapter -Name 'SwitchId'
        if ($adapter.IsManagementOs -or $null -eq $on -or [guid]$on -ne $SwitchId) {
            continue
        }
        [string]$adapter.VMName
    }
}

function Get-HvSwitchInterface {
    # Index of the host's own network interface on an internal switch; -1 when Windows has none. It comes a moment after
    # the switch, and its name can be changed: the id of its device cannot.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$SwitchId,

        [int]$Tries = 1
    )

    for ($try = 1; $try -le $Tries; $try++) {
        if ($try -gt 1) {
            Start-Sleep -Milliseconds 250
        }
        foreach ($adapter in @(Hyper-V\Get-VMNetworkAdapter -ManagementOS)) {
            if ($null -eq $adapter.SwitchId -or [guid]$adapter.SwitchId -ne $SwitchId) {
                continue
            }
            foreach ($interface in @(Get-NetAdapter -IncludeHidden -ErrorAction Stop)) {
                if ([guid]$interface.DeviceID -eq [guid]$adapter.DeviceId) {
                    return [int]$interface.InterfaceIndex
                }
            }
        }
    }
    return -1
}

function Get-HvHostAddress {
    # The host's IPv4 addresses without those of itself alone; those on the given interface are marked as own.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [int]$InterfaceIndex
    )

    foreach ($one in @(Get-NetIPAddress -AddressFamily IPv4 -ErrorAction Stop)) {
        if (-not ([string]$one.IPAddress).StartsWith('127.')) {
            [ordered]@{
                address      = [string]$one.IPAddress
                prefixLength = [int]$one.PrefixLength
                own          = ([int]$one.InterfaceIndex -eq $InterfaceIndex)
            }
        }
    }
}

function New-HvRefusal {
    # What is there has other values than it should have: nothing is changed.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Message,

        [Parameter(Mandatory)]
        [string]$Command,

        [Parameter(Mandatory)]
        [string]$Target
    )

    New-HvError -Message $Message -Id "InvalidParameter,$Command" -Category InvalidArgument -Target $Target -Command $Command
}

function Invoke-HvSwitchInfo {
    # switch.info
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name
    )

    $vmSwitch = Find-HvSwitch -Name $Name
    $found = $null
    $vms = @()
    $index = -1
    if ($null -ne $vmSwitch) {
        $found = [ordered]@{
            id   = ConvertTo-HvId -Id $vmSwitch.Id
            name = [string]$vmSwitch.Name
            type = ([string]$vmSwitch.SwitchType).ToLowerInvariant()
        }
        $vms = @(Get-HvSwitchVm -SwitchId $vmSwitch.Id)
        $index = Get-HvSwitchInterface -SwitchId $vmSwitch.Id
    }
    $nats = @(
        foreach ($nat in @(Get-NetNat -ErrorAction Stop)) {
            [ordered]@{
                name   = [string]$nat.Name
                subnet = [string]$nat.InternalIPInterfaceAddressPrefix
            }
        }
    )
    return [ordered]@{
        switch    = $found
        vms       = $vms
        addresses = @(Get-HvHostAddress -InterfaceIndex $index)
        nats      = $nats
    }
}

function Invoke-HvSwitchCreate {
    # switch.create. Everything is compared before anything is made.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name,

        [Parameter(Mandatory)]
        [string]$Gateway,

        [Parameter(Mandatory)]
        [int]$PrefixLength,

        [Parameter(Mandatory)]
        [object]$Nat
    )

    $vmSwitch = Find-HvSwitch -Name $Name
    $addresses = @()
    if ($null -ne $vmSwitch) {
        if ([string]$vmSwitch.SwitchType -ne 'Internal') {
            throw (New-HvRefusal -Message "There is a switch `"$Name`" already, and it is not internal." -Command 'New-VMSwitch' -Target $Name)
        }
        # Without DHCP Windows gives itself one of 169.254: that is none.
        $addresses = @(Get-HvHostAddress -InterfaceIndex (Get-HvSwitchInterface -SwitchId $vmSwitch.Id) | Where-Object -FilterScript { $_.own -and -not $_.address.StartsWith('169.254.') })
        foreach ($one in $addresses) {
            if ($one.address -ne $Gateway -or $one.prefixLength -ne $PrefixLength) {
                throw (New-HvRefusal -Message "The host has the address $($one.address)/$($one.prefixLength) on the switch `"$Name`"." -Command 'New-NetIPAddress' -Target $Name)
            }
        }
    }
    $nats = @(Get-NetNat -ErrorAction Stop)
    foreach ($one in $nats) {
        if ([string]$one.Name -ne [string]$Nat.name -or [string]$one.InternalIPInterfaceAddressPrefix -ne [string]$Nat.subnet) {
            throw (New-HvRefusal -Message "This host has the NAT `"$($one.Name)`" of $($one.InternalIPInterfaceAddressPrefix), and Windows knows one NAT only." -Command 'New-NetNat' -Target $Nat.name)
        }
    }
    $made = New-Object -TypeName System.Collections.ArrayList
    try {
        if ($null -eq $vmSwitch) {
            $vmSwitch = Hyper-V\New-VMSwitch -Name $Name -SwitchType Internal -Confirm:$false
            [void]$made.Add('switch')
        }
        $index = Get-HvSwitchInterface -SwitchId $vmSwitch.Id -Tries 40
        if ($index -lt 0) {
            throw (New-HvError -Message "Windows has made no network interface for the switch `"$Name`"." -Id 'OperationTimeout,New-VMSwitch' -Category OperationTimeout -Target $Name)
        }
        if ($addresses.Count -eq 0) {
            [void](New-NetIPAddress -InterfaceIndex $index -IPAddress $Gateway -PrefixLength $PrefixLength -Confirm:$false -ErrorAction Stop)
            [void]$made.Add('address')
        }
        if ($nats.Count -eq 0) {
            [void](New-NetNat -Name ([string]$Nat.name) -InternalIPInterfaceAddressPrefix ([string]$Nat.subnet) -Confirm:$false -ErrorAction Stop)
            [void]$made.Add('nat')
        }
    }
    catch {
        $cause = $_
        try {
            # The host's address goes with the switch.
            if ($made.Contains('switch')) {
                [void](Hyper-V\Remove-VMSwitch -VMSwitch $vmSwitch -Force -Confirm:$false)
            }
            elseif ($made.Contains('address')) {
                [void](Remove-NetIPAddress -InterfaceIndex $index -IPAddress $Gateway -Confirm:$false -ErrorAction Stop)
            }
        }
        catch {
            $cause.Exception.Data['hvpool.note'] = "What was made could not be removed: $($_.Exception.Message)"
        }
        throw $cause
    }
    return [ordered]@{
        switchId = ConvertTo-HvId -Id $vmSwitch.Id
        made     = @($made)
    }
}

function Invoke-HvSwitchRemove {
    # switch.remove. The NAT first: without its switch it would be left behind unseen.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name,

        [string]$Nat = ''
    )

    $vmSwitch = Find-HvSwitch -Name $Name
    if ($null -ne $vmSwitch) {
        $isDefault = (ConvertTo-HvId -Id $vmSwitch.Id) -eq 'c08cb7b8-9b3c-408e-8e30-5e16a3aeb444'
        if ($isDefault -or [string]$vmSwitch.SwitchType -ne 'Internal') {
            throw (New-HvRefusal -Message "The switch `"$Name`" is not one that hvpool makes." -Command 'Remove-VMSwitch' -Target $Name)
        }
        foreach ($vm in @(Get-HvSwitchVm -SwitchId $vmSwitch.Id)) {
            throw (New-HvError -Message "The virtual machine `"$vm`" is on the switch `"$Name`"." -Id 'InvalidState,Remove-VMSwitch' -Category InvalidOperation -Target $Name -Command 'Remove-VMSwitch')
        }
    }
    if ($Nat -ne '') {
        foreach ($one in @(Get-NetNat -ErrorAction Stop)) {
            if ([string]$one.Name -eq $Nat) {
                [void](Remove-NetNat -InputObject $one -Confirm:$false -ErrorAction Stop)
            }
        }
    }
    if ($null -ne $vmSwitch) {
        [void](Hyper-V\Remove-VMSwitch -VMSwitch $vmSwitch -Force -Confirm:$false)
    }
    return [ordered]@{}
}
