# Processors, firmware, TPM, video and GPUs.

function Get-VMProcessor {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMProcessor' -Block { param($state) [pscustomobject]@{ ExposeVirtualizationExtensions = (Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMProcessor').Nested } }
}

function Set-VMProcessor {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [bool]$ExposeVirtualizationExtensions)
    Use-StandIn -ForCommand 'Set-VMProcessor' -Block { param($state) (Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMProcessor').Nested = $ExposeVirtualizationExtensions }
}

function Get-VMSecurity {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMSecurity' -Block { param($state) [pscustomobject]@{ TpmEnabled = (Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMSecurity').Tpm } }
}

function Set-VMFirmware {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [ValidateSet('On', 'Off')][string]$EnableSecureBoot, [string]$SecureBootTemplate)
    Use-StandIn -ForCommand 'Set-VMFirmware' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMFirmware'
        if ($one.Tpm) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Set-VMFirmware' -Message 'Die Vorlage steht fest.' }
        $one.SecureBoot = $EnableSecureBoot
        if ($SecureBootTemplate -ne '') { $one.Template = $SecureBootTemplate }
    }
}

function Set-VMKeyProtector {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$NewLocalKeyProtector)
    Use-StandIn -ForCommand 'Set-VMKeyProtector' -Block { param($state) (Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMKeyProtector').KeyProtector = $true }
}

function Enable-VMTPM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Enable-VMTPM' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Enable-VMTPM'
        if (-not $one.KeyProtector) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Enable-VMTPM' -Message 'Es fehlt eine Schluesselschutzvorrichtung.' }
        $one.Tpm = $true
    }
}

function Set-VMVideo {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [ValidateSet('Maximum', 'Single', 'Default')][string]$ResolutionType, [uint16]$HorizontalResolution, [uint16]$VerticalResolution)
    Use-StandIn -ForCommand 'Set-VMVideo' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMVideo'
        Confirm-State -Vm $one -States 'Off' -Command 'Set-VMVideo'
        $one.Width = [int]$HorizontalResolution
        $one.Height = [int]$VerticalResolution
    }
}

function Get-VMHostPartitionableGpu {
    [CmdletBinding()]
    param([string]$Name)
    Use-StandIn -ForCommand 'Get-VMHostPartitionableGpu' -Block { param($state) foreach ($one in @($state.Gpus)) { [pscustomobject]@{ Name = $one; PartitionCount = [uint16]32; TotalVRAM = [uint64]1000000000; AvailableVRAM = [uint64]1000000000; MinPartitionVRAM = [uint64]0; MaxPartitionVRAM = [uint64]1000000000; TotalEncode = [uint64]::MaxValue } } }
}

function Get-VMGpuPartitionAdapter {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMGpuPartitionAdapter' -Block { param($state) foreach ($one in @((Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMGpuPartitionAdapter').Gpus)) { [pscustomobject]@{ InstancePath = $one } } }
}

function Add-VMGpuPartitionAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [string]$InstancePath, [Nullable[uint64]]$MinPartitionVRAM, [Nullable[uint64]]$OptimalPartitionVRAM, [Nullable[uint64]]$MaxPartitionVRAM)
    Use-StandIn -ForCommand 'Add-VMGpuPartitionAdapter' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Add-VMGpuPartitionAdapter'
        Confirm-State -Vm $one -States 'Off' -Command 'Add-VMGpuPartitionAdapter'
        foreach ($size in @($MinPartitionVRAM, $OptimalPartitionVRAM, $MaxPartitionVRAM)) {
            if ($size -gt 1000000000) { Stop-StandIn -Id InvalidParameter -Category InvalidArgument -Command 'Add-VMGpuPartitionAdapter' -Message 'Der Videospeicher liegt ausserhalb des Bereichs.' }
        }
        $one.Gpus = @($one.Gpus) + [string]$InstancePath
        $one['GpuVram'] = @($MinPartitionVRAM, $OptimalPartitionVRAM, $MaxPartitionVRAM)
    }
}
