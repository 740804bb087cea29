# Run by: Invoke-Pester -Path tests/powershell (Pester 5; Windows PowerShell 5.1, or PowerShell 7 on any system).

BeforeAll {
    . (Join-Path -Path $PSScriptRoot -ChildPath 'Setup.ps1')
}

AfterAll {
    Remove-Item -LiteralPath $script:Root -Recurse -Force
    $env:HVPOOL_STAND_IN = ''
}

Describe 'machines' {
    BeforeEach {
        Reset-Host
    }

    Context 'vm.create' {
        It 'makes what it is asked for' {
            $vmId = (New-TestVm -Change @{ tpm = $true; nested = $true; name = 'a[1]*"' }).value.vmId
            $vm = (Get-StandInState).Vms[$vmId]
            $vm.Name | Should -BeExactly 'a[1]*"'
            $vm.Path | Should -Be (Join-Path -Path $script:Store -ChildPath 'pool-1.1')
            $vm.Memory | Should -Be 4294967296
            $vm.Processors | Should -Be 4
            $vm.CheckpointType | Should -Be 'Standard'
            $vm.StartAction | Should -Be 'Nothing'
            $vm.StopAction | Should -Be 'TurnOff'
            $vm.AutomaticCheckpoints | Should -BeFalse
            $vm.Generation | Should -Be 2
            $vm.Tpm | Should -BeTrue
            $vm.Nested | Should -BeTrue
            $vm.Dvd | Should -BeExactly ''
            $vm.Nics[0].SwitchName | Should -Be 'Standardswitch'
        }

        It 'gives the adapter its VLAN before it is on the switch' {
            $vmId = (New-TestVm -Change @{ vlan = 20 }).value.vmId
            $nic = (Get-StandInState).Vms[$vmId].Nics[0]
            $nic.Vlan | Should -Be 20
            $nic.VlanBeforeSwitch | Should -BeTrue
            Reset-Host
            $vmId = (New-TestVm).value.vmId
            (Get-StandInState).Vms[$vmId].Nics[0].ContainsKey('Vlan') | Should -BeFalse
        }

        It 'finds the Default Switch by its id, and says what to do where there is none' {
            Edit-StandIn -Do { param($state) $state.Switches = @($state.Switches | Where-Object { $_.Name -ne 'Standardswitch' }) }
            $answer = New-TestVm
            $answer.ok | Should -BeFalse
            $answer.error.message | Should -Match 'hyperv\.switch'
            (Get-StandInState).Vms.Count | Should -Be 0
        }

        It 'takes a switch name as it is, not as a pattern' {
            (New-TestVm -Change @{ switchName = 'Lab*' }).error.fqid | Should -Be 'InvalidParameter,Get-VMSwitch'
            (New-TestVm -Change @{ switchName = 'Lab [1]*' }).ok | Should -BeTrue
        }

        It 'takes everything back when <command> fails' -ForEach @(
            @{ command = 'Set-VM' }, @{ command = 'Set-VMFirmware' }, @{ command = 'Enable-VMTPM' }, @{ command = 'Add-VMDvdDrive' }, @{ command = 'Connect-VMNetworkAdapter' }
        ) {
            Set-StandInFault -Command $command -Id 'OperationFailed' -Message 'Kaputt.'
            $answer = New-TestVm -Change @{ tpm = $true }
            $answer.ok | Should -BeFalse
            $answer.error.fqid | Should -Be "OperationFailed,Microsoft.HyperV.PowerShell.Commands.$($command -replace '-', '')"
            (Get-StandInState).Vms.Count | Should -Be 0
            @(Get-ChildItem -LiteralPath (Join-Path -Path $script:Store -ChildPath 'pool-1.1/Virtual Machines')).Count | Should -Be 0
        }

        It 'answers what went wrong first when it cannot take it back either' {
            Set-StandInFault -Command 'Set-VMFirmware' -Id 'First' -Message 'Erstens.'
            Set-StandInFault -Command 'Remove-VM' -Id 'Second' -Message 'Zweitens.'
            $answer = New-TestVm
            $answer.error.fqid | Should -Match '^First,'
            $answer.error.message | Should -Match 'Zweitens'
        }
    }

    Context 'power' {
        BeforeEach {
            $script:VmId = (New-TestVm).value.vmId
        }

        It 'says the same when <call> is repeated' -ForEach @(
            @{ call = 'vm.start'; before = @(); power = 'running' },
            @{ call = 'vm.save'; before = @('vm.start'); power = 'saved' },
            @{ call = 'vm.pause'; before = @('vm.start'); power = 'paused' },
            @{ call = 'vm.resume'; before = @('vm.start', 'vm.pause'); power = 'running' },
            @{ call = 'vm.stop'; before = @('vm.start'); power = 'off' },
            @{ call = 'vm.turnOff'; before = @('vm.start'); power = 'off' },
            @{ call = 'vm.turnOff'; before = @('vm.start', 'vm.save'); power = 'off' }
        ) {
            foreach ($step in $before) { [void](Get-Value -Call $step -Arguments @{ vmId = $script:VmId }) }
            (Get-Value -Call $call -Arguments @{ vmId = $script:VmId }).power | Should -Be $power
            (Get-Value -Call $call -Arguments @{ vmId = $script:VmId }).power | Should -Be $power
        }

        It 'never cuts the power of a guest that does not answer' {
            [void](Get-Value -Call 'vm.start' -Arguments @{ vmId = $script:VmId })
            Edit-StandIn -Do { param($state) @($state.Vms.Values)[0].Kvp['deaf'] = '1' }
            (Invoke-Request -Call 'vm.stop' -Arguments @{ vmId = $script:VmId }).error.fqid | Should -Match '^InvalidOperation,'
            (Get-Value -Call 'vm.inspect' -Arguments @{ vmId = $script:VmId }).power | Should -Be 'running'
        }

        It 'removes a VM with the files that carry its id, and leaves its disk' {
            $disk = Join-Path -Path $script:Store -ChildPath 'pool-1.1/os.vhdx'
            [void](Get-Value -Call 'vm.remove' -Arguments @{ vmId = $script:VmId })
            @(Get-ChildItem -LiteralPath (Join-Path -Path $script:Store -ChildPath 'pool-1.1/Virtual Machines')).Count | Should -Be 0
            Test-Path -LiteralPath $disk | Should -BeTrue
            (Invoke-Request -Call 'vm.remove' -Arguments @{ vmId = $script:VmId }).error.category | Should -Be 'ObjectNotFound'
        }

        It 'lists VMs with states, Notes and directories' {
            [void](Get-Value -Call 'vm.start' -Arguments @{ vmId = $script:VmId })
            $list = Get-Value -Call 'vm.list'
            $list.complete | Should -BeTrue
            $list.bootId | Should -Be '2026-01-01T00:00:00.000Z'
            $list.vms[0].power | Should -Be 'running'
            $list.vms[0].heartbeat | Should -Be 'ok'
            $list.vms[0].notes | Should -Be '{"hvpool":"x"}'
            $list.vms[0].memoryMb | Should -Be 4096
        }
    }

    Context 'checkpoints' {
        It 'makes, lists, restores and removes one' {
            $vmId = (New-TestVm).value.vmId
            [void](Get-Value -Call 'vm.start' -Arguments @{ vmId = $vmId })
            $checkpointId = (Get-Value -Call 'checkpoint.create' -Arguments @{ vmId = $vmId; name = 'clean' }).checkpointId
            $list = (Get-Value -Call 'checkpoint.list' -Arguments @{ vmId = $vmId }).checkpoints
            $list[0].id | Should -Be $checkpointId
            $list[0].restoresTo | Should -Be 'saved'
            [void](Get-Value -Call 'vm.turnOff' -Arguments @{ vmId = $vmId })
            (Get-Value -Call 'checkpoint.restore' -Arguments @{ vmId = $vmId; checkpointId = $checkpointId }).power | Should -Be 'saved'
            (Get-Value -Call 'savedState.remove' -Arguments @{ vmId = $vmId }).power | Should -Be 'off'
            [void](Get-Value -Call 'checkpoint.remove' -Arguments @{ vmId = $vmId; checkpointId = $checkpointId })
            (Invoke-Request -Call 'checkpoint.remove' -Arguments @{ vmId = $vmId; checkpointId = $checkpointId }).ok | Should -BeTrue
            (Invoke-Request -Call 'checkpoint.restore' -Arguments @{ vmId = $vmId; checkpointId = $checkpointId }).error.category | Should -Be 'ObjectNotFound'
        }
    }

    Context 'disks' {
        It 'protects a parent, which is then not removed' {
            [void](Get-Value -Call 'disk.protect' -Arguments @{ path = $script:Template })
            (Get-Value -Call 'disk.info' -Arguments @{ path = $script:Template }).readOnly | Should -BeTrue
            (Invoke-Request -Call 'disk.remove' -Arguments @{ path = $script:Template }).error.category | Should -Be 'PermissionDenied'
            Set-ItemProperty -LiteralPath $script:Template -Name IsReadOnly -Value $false
        }

        It 'knows a disk again until it is written or is another one' {
            $identity = { (Get-Value -Call 'disk.info' -Arguments @{ path = $script:Template }).identity }
            $before = & $identity
            $before | Should -Match '^[\x20-\x7e]{1,200}$'
            [void](Get-Value -Call 'disk.protect' -Arguments @{ path = $script:Template })
            [void](Get-Value -Call 'disk.link' -Arguments @{ path = $script:Template; target = (Join-Path -Path $script:Store -ChildPath 'a/b.vhdx') })
            & $identity | Should -BeExactly $before
            Set-ItemProperty -LiteralPath $script:Template -Name IsReadOnly -Value $false
            $time = [System.IO.File]::GetLastWriteTimeUtc($script:Template)
            [System.IO.File]::WriteAllText($script:Template, "`n{0}`n" -f [guid]::NewGuid())
            [System.IO.File]::SetLastWriteTimeUtc($script:Template, $time)
            $other = & $identity
            $other | Should -Not -BeExactly $before
            [System.IO.File]::SetLastWriteTimeUtc($script:Template, $time.AddTicks(10))
            & $identity | Should -Not -BeExactly $other
        }

        It 'links <name> into a folder of its own, twice, and the link outlives it' -ForEach @(
            @{ name = 'plain.vhdx' }, @{ name = 'a [1]`2` $(x).vhdx' }, @{ name = "[a]/it's [b]/disk.vhdx" }
        ) {
            $path = Join-Path -Path $script:Store -ChildPath $name
            [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($path))
            [System.IO.File]::WriteAllText($path, "`nfirst`n")
            # What the name would be as a pattern.
            $decoy = $path -replace '[\[\]`]', ''
            if ($decoy -ne $path) {
                [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($decoy))
                [System.IO.File]::WriteAllText($decoy, "`nwrong`n")
            }
            $target = Join-Path -Path $script:Store -ChildPath "store [x]/new/$([System.IO.Path]::GetFileName($name))"
            foreach ($try in 1..2) {
                (Get-Value -Call 'disk.link' -Arguments @{ path = $path; target = $target }).linked | Should -BeTrue
            }
            Remove-Item -LiteralPath $path
            [System.IO.File]::ReadAllText($target) | Should -BeExactly "`nfirst`n"
        }

        It 'overwrites nothing with a link, not even a copy, and misses what is missing' {
            $target = Join-Path -Path $script:Store -ChildPath 'copy.vhdx'
            $wanted = @{ path = $script:Template; target = $target }
            [System.IO.File]::Copy($script:Template, $target)
            $answer = Invoke-Request -Call 'disk.link' -Arguments $wanted
            $answer.error.fqid | Should -Match '^InvalidParameter,'
            $answer.error.category | Should -Be 'InvalidArgument'
            Remove-Item -LiteralPath $target
            [void][System.IO.Directory]::CreateDirectory($target)
            (Invoke-Request -Call 'disk.link' -Arguments $wanted).error.fqid | Should -Match '^InvalidParameter,'
            (Invoke-Request -Call 'disk.link' -Arguments @{ path = "$($script:Template)x"; target = "$target-2/a.vhdx" }).error.category | Should -Be 'ObjectNotFound'
            Test-Path -LiteralPath "$target-2" | Should -BeFalse
        }

        It 'leaves nothing behind where a link cannot be, as the number <number> says' -ForEach @(
            @{ number = 17; linked = $false }, @{ number = 1; linked = $false }, @{ number = 50; linked = $false }, @{ number = 1142; linked = $false }, @{ number = 5; linked = $null }
        ) {
            Mock -CommandName New-Item -ParameterFilter { $ItemType -eq 'HardLink' } -MockWith { throw (New-Object -TypeName System.ComponentModel.Win32Exception -ArgumentList $number) }
            [void][System.IO.Directory]::CreateDirectory((Join-Path -Path $script:Store -ChildPath 'there'))
            $answer = Invoke-Request -Call 'disk.link' -Arguments @{ path = $script:Template; target = (Join-Path -Path $script:Store -ChildPath 'there/a [1]/b/c.vhdx') }
            if ($null -eq $linked) {
                $answer.ok | Should -BeFalse
            }
            else {
                $answer.value.linked | Should -BeFalse
            }
            @(Get-ChildItem -LiteralPath (Join-Path -Path $script:Store -ChildPath 'there') -Force).Count | Should -Be 0
        }

        It 'removes a folder with a protected link in it, and leaves the disk at its other path' {
            $link = Join-Path -Path $script:Store -ChildPath 'golden@1/disk.vhdx'
            [void](Get-Value -Call 'disk.link' -Arguments @{ path = $script:Template; target = $link })
            [void](Get-Value -Call 'disk.protect' -Arguments @{ path = $link })
            (Get-Value -Call 'disk.info' -Arguments @{ path = $script:Template }).readOnly | Should -BeTrue
            (Invoke-Request -Call 'dir.remove' -Arguments @{ path = (Join-Path -Path $script:Store -ChildPath 'golden@1') }).ok | Should -BeTrue
            Test-Path -LiteralPath (Join-Path -Path $script:Store -ChildPath 'golden@1') | Should -BeFalse
            (Get-Value -Call 'disk.info' -Arguments @{ path = $script:Template }).parent | Should -BeNullOrEmpty
            Set-ItemProperty -LiteralPath $script:Template -Name IsReadOnly -Value $false
        }

        It 'tells the files of a folder only where they are asked for' {
            $folder = Join-Path -Path $script:Store -ChildPath 'listed'
            [void][System.IO.Directory]::CreateDirectory((Join-Path -Path $folder -ChildPath 'below'))
            [System.IO.File]::WriteAllText((Join-Path -Path $folder -ChildPath 'a.vhdx'), 'a')
            $plain = Get-Value -Call 'dir.list' -Arguments @{ path = $folder }
            $plain.names | Should -Be @('below')
            $plain.PSObject.Properties.Name | Should -Not -Contain 'files'
            $listed = Get-Value -Call 'dir.list' -Arguments @{ path = $folder; files = $true }
            $listed.names | Should -Be @('below')
            $listed.files | Should -Be @('a.vhdx')
        }

        It 'finds nothing in a folder that is missing, and removes it without an error' {
            $missing = Join-Path -Path $script:Store -ChildPath 'none [1]'
            @((Get-Value -Call 'dir.list' -Arguments @{ path = $missing }).names).Count | Should -Be 0
            (Invoke-Request -Call 'dir.remove' -Arguments @{ path = $missing }).ok | Should -BeTrue
            (Invoke-Request -Call 'disk.remove' -Arguments @{ path = $missing }).ok | Should -BeTrue
        }

        It 'writes into the Windows volume and dismounts' {
            [void](New-TestVm)
            $disk = Join-Path -Path $script:Store -ChildPath 'pool-1.1/os.vhdx'
            $volume = "$disk.volume"
            [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($volume, 'Windows', 'System32', 'config'))
            $files = @(@{ path = 'ProgramData\hvpool\a.json'; text = '{}' })
            (Get-Value -Call 'disk.inject' -Arguments @{ path = $disk; files = $files }).files | Should -Be 1
            [System.IO.File]::ReadAllText([System.IO.Path]::Combine($volume, 'ProgramData', 'hvpool', 'a.json')) | Should -BeExactly '{}'
            (Get-StandInState).Mounts.Count | Should -Be 0
        }

        It 'reads small files of the Windows volume of a protected disk, and leaves the disk as it was' {
            $volume = New-TestVolume -Disk $script:Template
            Set-ItemProperty -LiteralPath $script:Template -Name IsReadOnly -Value $true
            [void][System.IO.Directory]::CreateDirectory("$volume/ProgramData/hvpool")
            $utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $true
            [System.IO.File]::WriteAllText("$volume/ProgramData/hvpool/image.json", '{"format":1,"a":"2026-01-01T00:00:00Z"}', $utf8)
            [System.IO.File]::WriteAllText("$volume/most", [string]::new([char]0x20ac, 65536))
            [System.IO.File]::WriteAllText("$volume/more", [string]::new('x', 65537))
            [System.IO.File]::WriteAllText("$volume/empty", '')
            $files = @('ProgramData\hvpool\image.json', 'most', 'more', 'empty', 'none\a', 'most\a', 'ProgramData')
            $read = @((Get-Value -Call 'disk.readFiles' -Arguments @{ path = $script:Template; files = $files }).files)
            @($read | ForEach-Object { $_.path }) | Should -Be $files
            $read[0].text | Should -BeExactly '{"format":1,"a":"2026-01-01T00:00:00Z"}'
            $read[1].text.Length | Should -Be 65536
            $read[3].text | Should -BeExactly ''
            foreach ($index in @(2, 4, 5, 6)) { $read[$index].text | Should -Be $null }
            (Get-StandInState).Mounts.Count | Should -Be 0
            (Get-StandInState).Calls | Should -Contain 'Mount-VHD'
        }

        It 'keeps one file and a missing text what they are in the answer' {
            [void](New-TestVolume -Disk $script:Template)
            $line = ConvertTo-Json -InputObject @{ id = 1; call = 'disk.readFiles'; args = @{ path = $script:Template; files = @('none') } } -Depth 5 -Compress
            Invoke-HvRequest -Line $line | Should -Match '"files":\[\{"path":"none","text":null\}\]'
        }

        It 'follows no link out of a volume that it reads' -Skip:([System.IO.Path]::DirectorySeparatorChar -eq '\') {
            $volume = New-TestVolume -Disk $script:Template
            [System.IO.File]::WriteAllText("$($script:Store)/secret", 'secret')
            [void](New-Item -ItemType SymbolicLink -Path "$volume/link" -Value "$($script:Store)/secret")
            [void](New-Item -ItemType SymbolicLink -Path "$volume/folder" -Value $script:Store)
            $read = @((Get-Value -Call 'disk.readFiles' -Arguments @{ path = $script:Template; files = @('link', 'folder\secret') }).files)
            @($read | Where-Object { $null -ne $_.text }).Count | Should -Be 0
        }

        It 'dismounts when reading fails' {
            [void](New-TestVolume -Disk $script:Template)
            $answer = Invoke-Request -Call 'disk.readFiles' -Arguments @{ path = $script:Template; files = @('a\..\..\b') }
            $answer.error.fqid | Should -Be 'InvalidParameter,Read-HvFile'
            (Get-StandInState).Mounts.Count | Should -Be 0
        }

        It 'takes off a read-only mount that a crash has left, and nobody else''s' {
            [void](New-TestVolume -Disk $script:Template)
            $arguments = @{ path = $script:Template; files = @('a') }
            Edit-StandIn -Do { param($state) $state.Mounts[$script:Template] = 3; $state.ReadOnlyMounts[$script:Template] = $true }
            (Invoke-Request -Call 'disk.readFiles' -Arguments $arguments).ok | Should -BeTrue
            (Get-StandInState).Mounts.Count | Should -Be 0
            Edit-StandIn -Do { param($state) $state.Mounts[$script:Template] = 3 }
            (Invoke-Request -Call 'disk.readFiles' -Arguments $arguments).error.category | Should -Be 'ResourceBusy'
            (Get-StandInState).Mounts.Count | Should -Be 1
        }

        It 'says that a disk to read from is not there' {
            $answer = Invoke-Request -Call 'disk.readFiles' -Arguments @{ path = (Join-Path -Path $script:Store -ChildPath 'none.vhdx'); files = @('a') }
            $answer.error.category | Should -Be 'ObjectNotFound'
        }

        It 'dismounts when writing fails, and cleans what a crash has left' {
            [void](New-TestVm)
            $disk = Join-Path -Path $script:Store -ChildPath 'pool-1.1/os.vhdx'
            $left = Join-Path -Path $script:Store -ChildPath 'pool-2.2/os.vhdx'
            Edit-StandIn -Do { param($state) $state.Mounts[$left] = 3 }
            [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine("$disk.volume", 'Windows', 'System32', 'config'))
            [System.IO.File]::WriteAllText("$disk.volume/file", '')
            $files = @(@{ path = 'file\below'; text = '{}' })
            (Invoke-Request -Call 'disk.inject' -Arguments @{ path = $disk; files = $files }).ok | Should -BeFalse
            (Get-StandInState).Mounts.Count | Should -Be 0
        }
    }
}
