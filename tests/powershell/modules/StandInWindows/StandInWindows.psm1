# A stand-in for what the bridge uses of Windows itself: CIM and disks, over the host of the stand-in Hyper-V module.
Set-StrictMode -Version 3.0

$States = @{ Running = 2; Off = 3; Stopping = 4; Saved = 6; Paused = 9; Starting = 10; Saving = 32773 }

function Select-ByFilter {
    # The filters that the bridge uses: one property equal to a text, or beginning with one.
    param([object[]]$Rows, [string]$Filter)
    foreach ($row in @($Rows | Where-Object { $null -ne $_ })) {
        $fits = $true
        foreach ($match in [regex]::Matches($Filter, "(\w+) (=|LIKE) '?([^' ]*)'?")) {
            $property = $row.PSObject.Properties[$match.Groups[1].Value]
            $wanted = $match.Groups[3].Value.Replace('%', '*')
            if ($null -eq $property -or [string]$property.Value -notlike $wanted) { $fits = $false }
        }
        if ($fits) { $row }
    }
}

function ConvertTo-KvpXml {
    param([hashtable]$Items)
    foreach ($name in $Items.Keys) {
        $n = [System.Security.SecurityElement]::Escape([string]$name)
        $d = [System.Security.SecurityElement]::Escape([string]$Items[$name])
        "<INSTANCE CLASSNAME=`"Msvm_KvpExchangeDataItem`"><PROPERTY NAME=`"Caption`" TYPE=`"string`"></PROPERTY><PROPERTY NAME=`"Data`" TYPE=`"string`"><VALUE>$d</VALUE></PROPERTY><PROPERTY NAME=`"Name`" TYPE=`"string`"><VALUE>$n</VALUE></PROPERTY></INSTANCE>"
    }
}

function Get-VmRows {
    param([string]$ClassName)
    foreach ($vm in @((Get-StandInState).Vms.Values)) {
        $upper = ([string]$vm.Id).ToUpperInvariant()
        switch ($ClassName) {
            'Msvm_ComputerSystem' {
                [pscustomobject]@{ Class = $ClassName; Name = $upper; ElementName = $vm.Name; EnabledState = $States[[string]$vm.State] }
            }
            'Msvm_VirtualSystemSettingData' {
                [pscustomobject]@{ Class = $ClassName; VirtualSystemIdentifier = $upper; VirtualSystemType = 'Microsoft:Hyper-V:System:Realized'; ConfigurationDataRoot = $vm.Path }
            }
            'Msvm_MemorySettingData' {
                [pscustomobject]@{ Class = $ClassName; InstanceID = "Microsoft:$upper\4764334d-e001-4176-82ee-5594ec9b530e"; VirtualQuantity = [uint64]($vm.Memory / 1048576) }
            }
            'Msvm_KvpExchangeComponent' {
                $guest = $null
                $own = $null
                if ($vm.State -eq 'Running') {
                    $guest = @(ConvertTo-KvpXml -Items $vm.Kvp)
                    $own = @(ConvertTo-KvpXml -Items @{ NetworkAddressIPv4 = '172.20.1.10' })
                }
                [pscustomobject]@{ Class = $ClassName; SystemName = $upper; GuestExchangeItems = $guest; GuestIntrinsicExchangeItems = $own }
            }
            'Msvm_KvpExchangeComponentSettingData' {
                [pscustomobject]@{ Class = $ClassName; InstanceID = "Microsoft:$upper\2A34B1C2-FD73-4043-8A5B-DD2159BC743F\0"; HostExchangeItems = @(ConvertTo-KvpXml -Items $vm.HostKvp) }
            }
            'Msvm_VideoHead' {
                $isOn = [int]($vm.State -eq 'Running')
                [pscustomobject]@{ Class = $ClassName; SystemName = $upper; CurrentHorizontalResolution = [uint32]0; CurrentVerticalResolution = [uint32]0 }
                [pscustomobject]@{ Class = $ClassName; SystemName = $upper; CurrentHorizontalResolution = [uint32]($vm.Width * $isOn); CurrentVerticalResolution = [uint32]($vm.Height * $isOn) }
            }
            'Msvm_Keyboard' { [pscustomobject]@{ Class = $ClassName; SystemName = $upper } }
            'Msvm_SyntheticMouse' { [pscustomobject]@{ Class = $ClassName; SystemName = $upper } }
        }
    }
}

function Get-CimInstance {
    [CmdletBinding()]
    param([string]$ClassName, [string]$Namespace, [string]$Filter = '', [object]$InputObject, [uint32]$OperationTimeoutSec)
    if ($null -ne $InputObject) {
        return $InputObject
    }
    $boot = New-Object -TypeName System.DateTime -ArgumentList @(2026, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc)
    $rows = switch ($ClassName) {
        'Win32_Process' {
            [pscustomobject]@{ Name = 'System'; ProcessId = [uint32]4; CreationDate = $boot }
            [pscustomobject]@{ Name = 'vmms.exe'; ProcessId = [uint32]2100; CreationDate = $boot }
        }
        'Win32_OperatingSystem' { [pscustomobject]@{ Version = '10.0.26100'; ProductType = [uint32]1; FreePhysicalMemory = [uint64]8388608; LastBootUpTime = $boot } }
        'Win32_ComputerSystem' { [pscustomobject]@{ Name = 'STANDIN'; TotalPhysicalMemory = [uint64]17179869184; NumberOfLogicalProcessors = [uint32]16; HypervisorPresent = $true } }
        'Win32_Volume' {
            [pscustomobject]@{ DriveType = 3; Name = 'C:\'; Capacity = [uint64]1099511627776; FreeSpace = [uint64]549755813888 }
            [pscustomobject]@{ DriveType = 3; Name = '\\?\Volume{11111111-2222-3333-4444-555555555555}\'; Capacity = [uint64]1048576; FreeSpace = [uint64]1 }
        }
        'Win32_Service' {
            [pscustomobject]@{ Name = 'vmms'; State = 'Running'; StartMode = 'Auto'; PathName = 'C:\Windows\system32\vmms.exe' }
            [pscustomobject]@{ Name = 'vmicrdv'; State = 'Stopped'; StartMode = 'Manual'; PathName = 'C:\Windows\system32\svchost.exe -k ICService' }
            [pscustomobject]@{ Name = 'vmcompute'; State = 'Stop Pending'; StartMode = 'Disabled'; PathName = 'C:\Windows\system32\vmcompute.exe' }
        }
        'Msvm_VirtualSystemManagementService' { [pscustomobject]@{ Class = $ClassName; Name = 'vmms' } }
        default { Get-VmRows -ClassName $ClassName }
    }
    Select-ByFilter -Rows @($rows) -Filter $Filter
}

function Edit-Kvp {
    param([string]$MethodName, [object]$System, [string[]]$Items)
    Edit-StandIn -Do {
        param($state)
        $host_ = $state.Vms[([string]$System.Name).ToLowerInvariant()].HostKvp
        foreach ($text in $Items) {
            $xml = [xml]$text
            $name = $xml.SelectSingleNode("/INSTANCE/PROPERTY[@NAME='Name']/VALUE").InnerText
            $data = $xml.SelectSingleNode("/INSTANCE/PROPERTY[@NAME='Data']/VALUE").InnerText
            $isThere = $host_.ContainsKey($name)
            if ($isThere -eq ($MethodName -eq 'AddKvpItems')) { return 32773 }
            if ($MethodName -eq 'RemoveKvpItems') { $host_.Remove($name) } else { $host_[$name] = $data }
        }
        return 0
    }
}

function Invoke-CimMethod {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$InputObject, [string]$MethodName, [System.Collections.IDictionary]$Arguments, [uint32]$OperationTimeoutSec)
    $state = Get-StandInState
    if ($state.Faults.ContainsKey($MethodName)) {
        return [pscustomobject]@{ ReturnValue = [uint32]$state.Faults[$MethodName].Id }
    }
    switch ($MethodName) {
        'GetSummaryInformation' {
            $rows = @(foreach ($vm in @($state.Vms.Values)) {
                $isRunning = $vm.State -eq 'Running'
                [pscustomobject]@{ Name = ([string]$vm.Id).ToUpperInvariant(); ElementName = $vm.Name; Notes = $vm.Notes; EnabledState = [uint16]$States[[string]$vm.State]; HealthState = [uint16]5; Heartbeat = $(if ($isRunning) { [uint16]2 } else { $null }); UpTime = [uint64](5000 * [int]$isRunning); ProcessorLoad = [uint16](3 * [int]$isRunning) }
            })
            if ($rows.Count -eq 0) { return [pscustomobject]@{ ReturnValue = [uint32]0; SummaryInformation = $null } }
            return [pscustomobject]@{ ReturnValue = [uint32]0; SummaryInformation = $rows }
        }
        'GetVirtualSystemThumbnailImage' {
            $vm = $state.Vms[([string]$Arguments['TargetSystem'].VirtualSystemIdentifier).ToLowerInvariant()]
            if ($vm.State -ne 'Running') { return [pscustomobject]@{ ReturnValue = [uint32]32775 } }
            $length = 4 + 2 * [int]$Arguments['WidthPixels'] * [int]$Arguments['HeightPixels']
            $bytes = New-Object -TypeName 'byte[]' -ArgumentList $length
            $prefix = [System.BitConverter]::GetBytes([int]$length)
            [array]::Reverse($prefix)
            [array]::Copy($prefix, $bytes, 4)
            $bytes[4] = 0xaa
            return [pscustomobject]@{ ReturnValue = [uint32]0; ImageData = $bytes }
        }
        { $_ -like '*KvpItems' } {
            $number = Edit-Kvp -MethodName $MethodName -System $Arguments['TargetSystem'] -Items $Arguments['DataItems']
            # These start a job in reality.
            if ($number -eq 0) { return [pscustomobject]@{ ReturnValue = [uint32]4096; Job = [pscustomobject]@{ JobState = [uint16]7; ErrorCode = [uint16]0; ErrorDescription = '' } } }
            return [pscustomobject]@{ ReturnValue = [uint32]4096; Job = [pscustomobject]@{ JobState = [uint16]10; ErrorCode = [uint16]$number; ErrorDescription = 'x' } }
        }
        default {
            if ($state.Vms[([string]$InputObject.SystemName).ToLowerInvariant()].State -ne 'Running') {
                return [pscustomobject]@{ ReturnValue = [uint32]32775 }
            }
            Edit-StandIn -Do {
                param($state)
                $vm = $state.Vms[([string]$InputObject.SystemName).ToLowerInvariant()]
                $words = @($Arguments.Keys | Sort-Object | ForEach-Object { "$_=$(@($Arguments[$_]) -join ',')" }) -join ' '
                $vm.Typed = @($vm.Typed) + "$MethodName $words".Trim()
            }
            return [pscustomobject]@{ ReturnValue = [uint32]0 }
        }
    }
}

function Get-Disk {
    [CmdletBinding()]
    param([uint32[]]$Number)
    $state = Get-StandInState
    $mounts = $state.Mounts
    foreach ($path in @($mounts.Keys)) {
        if ($null -eq $Number -or $Number -contains $mounts[$path]) { [pscustomobject]@{ Number = $mounts[$path]; Location = $path; IsOffline = $true; IsReadOnly = $state.ReadOnlyMounts.ContainsKey($path) } }
    }
}

function Set-Disk {
    [CmdletBinding()]
    param([uint32]$Number, [bool]$IsOffline, [bool]$IsReadOnly)
}

function Get-Partition {
    [CmdletBinding()]
    param([uint32[]]$DiskNumber)
    $mounts = (Get-StandInState).Mounts
    foreach ($path in @($mounts.Keys)) {
        if ($DiskNumber -contains $mounts[$path]) {
            [pscustomobject]@{ Size = [uint64]1; AccessPaths = $null }
            [pscustomobject]@{ Size = [uint64]100; AccessPaths = @("$path.volume" + [System.IO.Path]::DirectorySeparatorChar) }
        }
    }
}

# A command that fails because a test wants it to.
function Stop-Faulty {
    param($State, [string]$Command)
    if (-not $State.Faults.ContainsKey($Command)) { return }
    $fault = $State.Faults[$Command]
    $exception = New-Object -TypeName System.InvalidOperationException -ArgumentList $fault.Message
    throw (New-Object -TypeName System.Management.Automation.ErrorRecord -ArgumentList @($exception, "$($fault.Id),$Command", [System.Management.Automation.ErrorCategory]$fault.Category, $null))
}

function Get-NetAdapter {
    [CmdletBinding()]
    param([switch]$IncludeHidden)
    foreach ($one in @((Get-StandInState).Switches | Where-Object { $_.SwitchType -eq 'Internal' })) {
        [pscustomobject]@{ Name = "vEthernet ($($one.Name))"; DeviceID = "{$($one.Device.ToUpperInvariant())}"; InterfaceIndex = [uint32]$one.Index }
    }
}

function Get-NetIPAddress {
    [CmdletBinding()]
    param([string]$AddressFamily)
    foreach ($one in @((Get-StandInState).Addresses)) { [pscustomobject]@{ IPAddress = $one.Address; PrefixLength = [byte]$one.PrefixLength; InterfaceIndex = [uint32]$one.Index } }
}

# The address that Windows gave itself makes room.
function New-NetIPAddress {
    [CmdletBinding(SupportsShouldProcess)]
    param([uint32]$InterfaceIndex, [string]$IPAddress, [byte]$PrefixLength)
    Edit-StandIn -Do {
        param($state)
        Stop-Faulty -State $state -Command 'New-NetIPAddress'
        $others = @($state.Addresses | Where-Object { $_.Index -ne $InterfaceIndex -or -not $_.Address.StartsWith('169.254.') })
        $state.Addresses = $others + @{ Address = $IPAddress; PrefixLength = [int]$PrefixLength; Index = [int]$InterfaceIndex }
    }
}

function Remove-NetIPAddress {
    [CmdletBinding(SupportsShouldProcess)]
    param([uint32]$InterfaceIndex, [string]$IPAddress)
    Edit-StandIn -Do { param($state) $state.Addresses = @($state.Addresses | Where-Object { $_.Index -ne $InterfaceIndex -or $_.Address -ne $IPAddress }) }
}

function Get-NetNat {
    [CmdletBinding()]
    param([string]$Name)
    foreach ($one in @((Get-StandInState).Nats)) { [pscustomobject]@{ Name = $one.Name; InternalIPInterfaceAddressPrefix = $one.Subnet } }
}

function New-NetNat {
    [CmdletBinding(SupportsShouldProcess)]
    param([string]$Name, [string]$InternalIPInterfaceAddressPrefix)
    Edit-StandIn -Do {
        param($state)
        Stop-Faulty -State $state -Command 'New-NetNat'
        $state.Nats = @($state.Nats) + @{ Name = $Name; Subnet = $InternalIPInterfaceAddressPrefix }
    }
}

function Remove-NetNat {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$InputObject)
    Edit-StandIn -Do { param($state) $state.Nats = @($state.Nats | Where-Object { $_.Name -ne $InputObject[0].Name }) }
}

$Network = @('Get-NetAdapter', 'Get-NetIPAddress', 'New-NetIPAddress', 'Remove-NetIPAddress', 'Get-NetNat', 'New-NetNat', 'Remove-NetNat')
Export-ModuleMember -Function ($Network + @('Get-CimInstance', 'Invoke-CimMethod', 'Get-Disk', 'Set-Disk', 'Get-Partition'))
