# Virtual disks. Elsewhere than on Windows, paths come with Windows' separators all the same.

function ConvertTo-LocalPath {
    param([string]$Path)
    if ([System.IO.Path]::DirectorySeparatorChar -eq '/') { return $Path.Replace('\', '/') }
    return $Path
}

# A virtual disk of the stand-in is a small file: its parent's path is its first line.
function Get-VHD {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string[]]$Path)
    $real = ConvertTo-LocalPath -Path $Path[0]
    Use-StandIn -ForCommand 'Get-VHD' -Block {
        param($state)
        $parent = [string](Get-Content -LiteralPath $real -TotalCount 1)
        $type = 'Dynamic'
        if ($parent -ne '') { $type = 'Differencing' }
        $number = $null
        if ($state.Mounts.ContainsKey($real)) { $number = [uint32]$state.Mounts[$real] }
        $isUsed = @($state.Vms.Values | Where-Object { @($_.Disks | ForEach-Object { ConvertTo-LocalPath -Path $_ }) -contains $real -and $_.State -eq 'Running' }).Count -gt 0
        # The identifier is made with the disk, and kept by it: its second line.
        $id = [string](@(Get-Content -LiteralPath $real -TotalCount 2) + '')[1]
        [pscustomobject]@{ Path = $Path[0]; DiskIdentifier = $id; VhdFormat = 'VHDX'; VhdType = $type; Size = [uint64]137438953472; FileSize = [uint64]4194304; ParentPath = $parent; Attached = ($null -ne $number -or $isUsed); DiskNumber = $number }
    }
}

function New-VHD {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string[]]$Path, [string]$ParentPath, [switch]$Differencing)
    $real = ConvertTo-LocalPath -Path $Path[0]
    Use-StandIn -ForCommand 'New-VHD' -Block {
        param($state)
        if (Test-Path -LiteralPath $real) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'New-VHD' -Message 'Die Datei ist vorhanden. (0x80070050)' }
        if (-not (Test-Path -LiteralPath $ParentPath)) { Stop-StandIn -Id InvalidParameter -Category InvalidArgument -Command 'New-VHD' -Message 'Der uebergeordnete Datentraeger fehlt.' }
        [System.IO.File]::WriteAllText($real, $ParentPath + "`n" + [guid]::NewGuid().ToString('D').ToUpperInvariant() + "`n")
        [pscustomobject]@{ Path = $Path[0] }
    }
}

# The volume of a mounted disk is the folder beside it.
function Mount-VHD {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string[]]$Path, [switch]$NoDriveLetter, [switch]$ReadOnly, [switch]$Passthru)
    $real = ConvertTo-LocalPath -Path $Path[0]
    Use-StandIn -ForCommand 'Mount-VHD' -Block {
        param($state)
        if (-not $NoDriveLetter) { throw 'Without -NoDriveLetter, letters run out.' }
        if ($state.Mounts.ContainsKey($real)) { Stop-StandIn -Id ObjectInUse -Category ResourceBusy -Command 'Mount-VHD' -Message 'Der Datentraeger wird verwendet.' }
        if ((Get-Item -LiteralPath $real).IsReadOnly -and -not $ReadOnly) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Mount-VHD' -Message 'Zugriff verweigert. (0x80070005)' }
        if ($ReadOnly) { $state.ReadOnlyMounts[$real] = $true }
        $state.Mounts[$real] = 7 + $state.Mounts.Count
        if ($Passthru) { [pscustomobject]@{ Path = $Path[0]; DiskNumber = [uint32]$state.Mounts[$real] } }
    }
}

function Dismount-VHD {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string[]]$Path)
    $real = ConvertTo-LocalPath -Path $Path[0]
    Use-StandIn -ForCommand 'Dismount-VHD' -Block { param($state) $state.Mounts.Remove($real); $state.ReadOnlyMounts.Remove($real) }
}
