# The host's switches, and its own adapters on them.

function ConvertTo-Switch {
    param([hashtable]$Switch)
    [pscustomobject]@{ Id = [guid]$Switch.Id; Name = $Switch.Name; SwitchType = $Switch.SwitchType }
}

function Get-VMSwitch {
    [CmdletBinding()]
    param([string]$Name)
    Use-StandIn -ForCommand 'Get-VMSwitch' -Block { param($state) foreach ($one in @($state.Switches)) { ConvertTo-Switch -Switch $one } }
}

# Names may come twice, as on a real host. Windows gives an internal one an adapter, and that an address of 169.254.
function New-VMSwitch {
    [CmdletBinding(SupportsShouldProcess)]
    param([string]$Name, [ValidateSet('Internal', 'Private')][string]$SwitchType)
    Use-StandIn -ForCommand 'New-VMSwitch' -Block {
        param($state)
        $index = 30 + @($state.Switches).Count
        $made = @{ Id = [guid]::NewGuid().ToString(); Name = $Name; SwitchType = $SwitchType; Device = [guid]::NewGuid().ToString(); Index = $index }
        $state.Switches = @($state.Switches) + $made
        $state.Addresses = @($state.Addresses) + @{ Address = '169.254.7.7'; PrefixLength = 16; Index = $index }
        ConvertTo-Switch -Switch $made
    }
}

function Remove-VMSwitch {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMSwitch, [switch]$Force)
    Use-StandIn -ForCommand 'Remove-VMSwitch' -Block {
        param($state)
        $gone = @($state.Switches | Where-Object { $_.Id -eq [string]$VMSwitch[0].Id })
        $state.Switches = @($state.Switches | Where-Object { $_.Id -ne [string]$VMSwitch[0].Id })
        $state.Addresses = @($state.Addresses | Where-Object { $_.Index -ne $gone[0].Index })
    }
}

# Adapters of the host itself have no VMName.
function Get-HostNic {
    param($State)
    foreach ($one in @($State.Switches | Where-Object { $_.SwitchType -eq 'Internal' })) {
        [pscustomobject]@{ Name = $one.Name; SwitchId = [guid]$one.Id; DeviceId = "{$($one.Device.ToUpperInvariant())}"; IsManagementOs = $true }
    }
}

function Get-EveryNic {
    param($State)
    foreach ($vm in @($State.Vms.Values)) {
        foreach ($nic in @($vm.Nics)) {
            $switchId = $null
            if ($nic.SwitchId -ne '') { $switchId = [guid]$nic.SwitchId }
            [pscustomobject]@{ Name = $nic.Name; VMName = $vm.Name; SwitchId = $switchId; IsManagementOs = $false }
        }
    }
}
