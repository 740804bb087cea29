# Drives and network adapters.

function Get-VMHardDiskDrive {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMHardDiskDrive' -Block {
        param($state)
        foreach ($path in @((Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMHardDiskDrive').Disks)) { [pscustomobject]@{ Path = $path } }
    }
}

function Get-VMDvdDrive {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMDvdDrive' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMDvdDrive'
        if ($null -ne $one.Dvd) { [pscustomobject]@{ Path = $one.Dvd; VMId = [guid]$one.Id } }
    }
}

function Add-VMDvdDrive {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [string]$Path, [switch]$Passthru)
    Use-StandIn -ForCommand 'Add-VMDvdDrive' -Block {
        param($state)
        (Find-Vm -State $state -Vm $VM[0] -Command 'Add-VMDvdDrive').Dvd = [string]$Path
    }
}

function Set-VMDvdDrive {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMDvdDrive, [AllowNull()][string]$Path, [switch]$Passthru)
    Use-StandIn -ForCommand 'Set-VMDvdDrive' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm @{ Id = $VMDvdDrive[0].VMId } -Command 'Set-VMDvdDrive'
        if ($Path -ne '' -and -not (Test-Path -LiteralPath $Path)) {
            Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Set-VMDvdDrive' -Message 'Die Datei wurde nicht gefunden. (0x80070002)'
        }
        $one.Dvd = [string]$Path
    }
}

function Get-VMNetworkAdapter {
    [CmdletBinding()]
    param([object[]]$VM, [switch]$All, [switch]$ManagementOS)
    Use-StandIn -ForCommand 'Get-VMNetworkAdapter' -Block {
        param($state)
        if ($All -or $ManagementOS) {
            Get-HostNic -State $state
            if ($All) { Get-EveryNic -State $state }
            return
        }
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMNetworkAdapter'
        $addresses = @()
        if ($one.State -eq 'Running') { $addresses = @('172.20.1.10', 'fe80::1') }
        foreach ($nic in @($one.Nics)) {
            $switchId = $null
            if ($nic.SwitchId -ne '') { $switchId = [guid]$nic.SwitchId }
            [pscustomobject]@{ Name = $nic.Name; VMId = [guid]$one.Id; MacAddress = $nic.MacAddress; SwitchId = $switchId; SwitchName = $nic.SwitchName; IPAddresses = $addresses }
        }
    }
}

function Set-VMNetworkAdapterVlan {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMNetworkAdapter, [switch]$Access, [Nullable[int]]$VlanId)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Set-VMNetworkAdapterVlan' -NicBlock { param($nic) if ($Access) { $nic.Vlan = $VlanId; $nic.VlanBeforeSwitch = $nic.SwitchId -eq '' } }
}

function Edit-Nic {
    param([object]$Adapter, [string]$Command, [scriptblock]$NicBlock)
    Use-StandIn -ForCommand $Command -Block {
        param($state)
        $one = Find-Vm -State $state -Vm @{ Id = $Adapter.VMId } -Command $Command
        foreach ($nic in @($one.Nics)) {
            if ($nic.Name -eq $Adapter.Name) { & $NicBlock $nic }
        }
    }
}

function Connect-VMNetworkAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMNetworkAdapter, [object]$VMSwitch)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Connect-VMNetworkAdapter' -NicBlock { param($nic) $nic.SwitchId = [string]$VMSwitch.Id; $nic.SwitchName = $VMSwitch.Name; $nic.Plugs = $nic.Plugs + 1 }
}

function Disconnect-VMNetworkAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMNetworkAdapter)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Disconnect-VMNetworkAdapter' -NicBlock { param($nic) $nic.SwitchId = ''; $nic.SwitchName = '' }
}

function Set-VMNetworkAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$VMNetworkAdapter, [ValidateSet('On', 'Off')][string]$DhcpGuard, [ValidateSet('On', 'Off')][string]$RouterGuard, [ValidateSet('On', 'Off')][string]$MacAddressSpoofing)
    Edit-Nic -Adapter $VMNetworkAdapter -Command 'Set-VMNetworkAdapter' -NicBlock { param($nic) $nic.Guard = $DhcpGuard; $nic.Spoofing = $MacAddressSpoofing }
}

function Get-VMNetworkAdapterExtendedAcl {
    [CmdletBinding()]
    param([object[]]$VMNetworkAdapter)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Get-VMNetworkAdapterExtendedAcl' -NicBlock {
        param($nic)
        foreach ($rule in @($nic.Rules)) { [pscustomobject]@{ VMId = $VMNetworkAdapter[0].VMId; Nic = $nic.Name; Direction = $rule.Direction; Weight = $rule.Weight } }
    }
}

function Remove-VMNetworkAdapterExtendedAcl {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$InputObject)
    Edit-Nic -Adapter @{ VMId = $InputObject[0].VMId; Name = $InputObject[0].Nic } -Command 'Remove-VMNetworkAdapterExtendedAcl' -NicBlock {
        param($nic)
        $nic.Rules = @($nic.Rules | Where-Object { $_.Direction -ne $InputObject[0].Direction -or $_.Weight -ne $InputObject[0].Weight })
    }
}

function Add-VMNetworkAdapterExtendedAcl {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [object[]]$VMNetworkAdapter, [Parameter(Mandatory)][ValidateSet('Allow', 'Deny')][string]$Action, [Parameter(Mandatory)][ValidateSet('Inbound', 'Outbound')][string]$Direction,
        [Parameter(Mandatory)][int]$Weight, [string]$RemoteIPAddress, [string]$LocalPort, [string]$RemotePort, [string]$Protocol, [bool]$Stateful
    )
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Add-VMNetworkAdapterExtendedAcl' -NicBlock {
        param($nic)
        if (@($nic.Rules | Where-Object { $_.Direction -eq $Direction -and $_.Weight -eq $Weight }).Count -gt 0) {
            Stop-StandIn -Id InvalidParameter -Category InvalidArgument -Command 'Add-VMNetworkAdapterExtendedAcl' -Message 'Die Gewichtung ist schon vergeben.'
        }
        $nic.Rules = @($nic.Rules) + @{ Action = $Action; Direction = $Direction; Weight = $Weight; Remote = $RemoteIPAddress; Protocol = $Protocol; LocalPort = $LocalPort; RemotePort = $RemotePort; Stateful = $Stateful }
    }
}
