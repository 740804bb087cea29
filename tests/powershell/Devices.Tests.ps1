# Run by: Invoke-Pester -Path tests/powershell (Pester 5; Windows PowerShell 5.1, or PowerShell 7 on any system).

BeforeAll {
    . (Join-Path -Path $PSScriptRoot -ChildPath 'Setup.ps1')
}

AfterAll {
    Remove-Item -LiteralPath $script:Root -Recurse -Force
    $env:HVPOOL_STAND_IN = ''
}

Describe 'devices and guests' {
    BeforeEach {
        Reset-Host
    }

    Context 'devices and guests' {
        BeforeEach {
            $script:VmId = (New-TestVm).value.vmId
        }

        It 'sets an image into the drive and takes it out' {
            $image = Join-Path -Path $script:Store -ChildPath 'config.iso'
            [System.IO.File]::WriteAllText($image, 'x')
            [void](Get-Value -Call 'dvd.set' -Arguments @{ vmId = $script:VmId; path = $image })
            (Get-Value -Call 'vm.inspect' -Arguments @{ vmId = $script:VmId }).media | Should -Be $image
            [void](Get-Value -Call 'dvd.eject' -Arguments @{ vmId = $script:VmId })
            [void](Get-Value -Call 'dvd.eject' -Arguments @{ vmId = $script:VmId })
            (Get-Value -Call 'vm.inspect' -Arguments @{ vmId = $script:VmId }).media | Should -BeNullOrEmpty
        }

        It 'replaces port rules and sets the guards' {
            $rule = @{ direction = 'outbound'; action = 'deny'; remote = 'any'; protocol = 'any'; localPort = 'any'; remotePort = '445'; weight = 1; stateful = $false }
            (Get-Value -Call 'net.isolate' -Arguments @{ vmId = $script:VmId; guard = $true; rules = @($rule) }).rules | Should -Be 1
            (Get-Value -Call 'net.isolate' -Arguments @{ vmId = $script:VmId; guard = $true; rules = @($rule) }).rules | Should -Be 1
            $nic = (Get-StandInState).Vms[$script:VmId].Nics[0]
            $nic.Guard | Should -Be 'On'
            $nic.Spoofing | Should -Be 'Off'
            @($nic.Rules).Count | Should -Be 1
            $nic.Rules[0].RemotePort | Should -Be '445'
            (Get-Value -Call 'net.isolate' -Arguments @{ vmId = $script:VmId; guard = $false; rules = @() }).rules | Should -Be 0
        }

        It 'gives one GPU partition and no second' {
            [void](Get-Value -Call 'gpu.add' -Arguments @{ vmId = $script:VmId })
            [void](Get-Value -Call 'gpu.add' -Arguments @{ vmId = $script:VmId })
            $vm = (Get-StandInState).Vms[$script:VmId]
            @($vm.Gpus).Count | Should -Be 1
            $vm.HighMmio | Should -Be 34359738368
        }

        It 'gives the GPU partition its video memory with the same command' {
            [void](Get-Value -Call 'gpu.add' -Arguments @{ vmId = $script:VmId; minVram = 80000000; optimalVram = 90000000; maxVram = 100000000 })
            [void](Get-Value -Call 'gpu.add' -Arguments @{ vmId = $script:VmId; minVram = 1 })
            (Get-StandInState).Vms[$script:VmId].GpuVram | Should -Be @(80000000, 90000000, 100000000)
        }

        It 'leaves video memory that was not named to the host' {
            [void](Get-Value -Call 'gpu.add' -Arguments @{ vmId = $script:VmId; maxVram = 100000000 })
            (Get-StandInState).Vms[$script:VmId].GpuVram | Should -Be @($null, $null, 100000000)
        }

        It 'says so where the host takes no video memory, or less' {
            (Invoke-Request -Call 'gpu.add' -Arguments @{ vmId = $script:VmId; maxVram = 2000000000 }).error.fqid | Should -Match '^InvalidParameter'
            Mock -CommandName Test-HvCommand -MockWith { $false } -ParameterFilter { $Parameter -like '*VRAM' }
            $failed = (Invoke-Request -Call 'gpu.add' -Arguments @{ vmId = $script:VmId; minVram = 1 }).error
            $failed.fqid | Should -Match '^InvalidParameter'
            $failed.message | Should -Match 'leave MinVram out'
            @((Get-StandInState).Vms[$script:VmId].Gpus).Count | Should -Be 0
        }

        It 'tells the video memory of a GPU in the units of the host' {
            $gpu = (Get-Value -Call 'host.info').gpu.gpus[0]
            $gpu.vram.total | Should -Be 1000000000
            $gpu.vram.max | Should -Be 1000000000
        }

        It 'adds, changes and removes key-value pairs' {
            [void](Get-Value -Call 'kvp.push' -Arguments @{ vmId = $script:VmId; items = @{ a = '<1>&"' } })
            [void](Get-Value -Call 'kvp.push' -Arguments @{ vmId = $script:VmId; items = @{ a = '2'; b = '' } })
            (Get-StandInState).Vms[$script:VmId].HostKvp['a'] | Should -BeExactly '2'
            [void](Get-Value -Call 'kvp.push' -Arguments @{ vmId = $script:VmId; items = @{}; remove = @('a', 'none') })
            @((Get-StandInState).Vms[$script:VmId].HostKvp.Keys) | Should -Be @('b')
        }

        It 'reads what a running guest says, and leaves a silent one out' {
            @((Get-Value -Call 'kvp.read' -Arguments @{ vmIds = @($script:VmId) }).vms).Count | Should -Be 0
            [void](Get-Value -Call 'vm.start' -Arguments @{ vmId = $script:VmId })
            Edit-StandIn -Do { param($state) @($state.Vms.Values)[0].Kvp['hvpool.phase'] = 'waiting <&>' }
            $read = Get-Value -Call 'kvp.read' -Arguments @{ vmIds = @($script:VmId) }
            $read.vms[0].items.'hvpool.phase' | Should -BeExactly 'waiting <&>'
            $read.vms[0].intrinsic.NetworkAddressIPv4 | Should -Be '172.20.1.10'
        }

        It 'skips an item that is no XML, or has a document type' {
            ConvertFrom-HvKvpItem -Xml '<INSTANCE' | Should -BeNullOrEmpty
            ConvertFrom-HvKvpItem -Xml '<!DOCTYPE a [<!ENTITY b "c">]><INSTANCE><PROPERTY NAME="Name"><VALUE>&b;</VALUE></PROPERTY></INSTANCE>' | Should -BeNullOrEmpty
        }

        It 'releases the keys that it has pressed when a step fails' {
            [void](Get-Value -Call 'vm.start' -Arguments @{ vmId = $script:VmId })
            Edit-StandIn -Do { param($state) $state.Faults['TypeKey'] = @{ Id = '32768'; Category = ''; Message = '' } }
            $keys = @(@{ action = 'press'; code = 17 }, @{ action = 'tap'; code = 65 })
            (Invoke-Request -Call 'display.keys' -Arguments @{ vmId = $script:VmId; keys = $keys }).error.hresult | Should -Be '32768'
            @((Get-StandInState).Vms[$script:VmId].Typed) | Should -Be @('PressKey keyCode=17', 'ReleaseKey keyCode=17')
        }

        It 'gives a picture as the bytes that it got' {
            [void](Get-Value -Call 'vm.start' -Arguments @{ vmId = $script:VmId })
            $picture = Get-Value -Call 'display.capture' -Arguments @{ vmId = $script:VmId; width = 16; height = 8 }
            $packed = New-Object -TypeName System.IO.MemoryStream -ArgumentList (, [System.Convert]::FromBase64String($picture.data))
            $deflate = New-Object -TypeName System.IO.Compression.DeflateStream -ArgumentList @($packed, [System.IO.Compression.CompressionMode]::Decompress)
            $plain = New-Object -TypeName System.IO.MemoryStream
            $deflate.CopyTo($plain)
            $bytes = $plain.ToArray()
            $bytes.Length | Should -Be 260
            $bytes[4] | Should -Be 0xaa
        }

        It 'reaches no guest that does not run' {
            (Invoke-Request -Call 'guest.exec' -Arguments @{ vmId = $script:VmId; user = 'u'; password = 'p'; program = 'x'; arguments = @(); input = 'y'; timeoutMs = 100; maxOutput = 10 }).error.fqid | Should -Match '^InvalidVMState'
        }
    }

    Context 'what runs in a guest' {
        It 'quotes <argument>' -ForEach @(
            @{ argument = 'plain'; quoted = 'plain' }, @{ argument = ''; quoted = '""' }, @{ argument = 'a b'; quoted = '"a b"' },
            @{ argument = 'a"b'; quoted = '"a\"b"' }, @{ argument = 'a b\'; quoted = '"a b\\"' }, @{ argument = 'a\"b'; quoted = '"a\\\"b"' },
            @{ argument = 'C:\x\'; quoted = 'C:\x\' }
        ) {
            ConvertTo-HvCommandLine -Arguments @($argument) | Should -BeExactly $quoted
        }

        It 'writes pieces that may come twice, and reads them back' {
            $path = Join-Path -Path $script:Store -ChildPath 'in/file.bin'
            $piece = [System.Convert]::ToBase64String([byte[]](1, 2, 3))
            foreach ($offset in @(0, 3, 3)) {
                $size = & (Get-HvGuestWriter) @{ Path = $path; Offset = $offset; Data = $piece }
            }
            $size | Should -Be 6
            $read = & (Get-HvGuestReader) @{ Path = $path; Offset = 4; MaxBytes = 100 }
            $read['Data'] | Should -Be ([System.Convert]::ToBase64String([byte[]](2, 3)))
            $read['Size'] | Should -Be 6
        }
    }
}
