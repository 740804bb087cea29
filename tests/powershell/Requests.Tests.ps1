# Run by: Invoke-Pester -Path tests/powershell (Pester 5; Windows PowerShell 5.1, or PowerShell 7 on any system).

BeforeAll {
    . (Join-Path -Path $PSScriptRoot -ChildPath 'Setup.ps1')
}

AfterAll {
    Remove-Item -LiteralPath $script:Root -Recurse -Force
    $env:HVPOOL_STAND_IN = ''
}

Describe 'requests and answers' {
    BeforeEach {
        Reset-Host
    }

    Context 'requests' {
        It 'gives text back unchanged: <text>' -ForEach @(
            @{ text = 'quotes '' " and `backticks`' },
            @{ text = '$(exit) $env:PATH ; & { }' },
            @{ text = "two`nlines`tand a tab" },
            @{ text = '2020-01-01T00:00:00Z' },
            @{ text = '[a]*?' },
            @{ text = '' }
        ) {
            (Get-Value -Call 'bridge.ping' -Arguments @{ echo = $text }).echo | Should -BeExactly $text
        }

        It 'answers with the id of the request, also when it cannot be read' {
            (ConvertFrom-Json -InputObject (Invoke-HvRequest -Line '{"id":12,"call":"bridge.ping","args":{}}')).id | Should -Be 12
            $answer = ConvertFrom-Json -InputObject (Invoke-HvRequest -Line '{"id":13,"call":')
            $answer.id | Should -Be 13
            $answer.ok | Should -BeFalse
        }

        It 'refuses <what>' -ForEach @(
            @{ what = 'a call that is none'; call = 'vm.explode'; given = @{}; fqid = 'CommandNotFoundException' },
            @{ what = 'a name that is no call'; call = 'Get-Item'; given = @{}; fqid = 'CommandNotFoundException' },
            @{ what = 'an argument that is none'; call = 'bridge.ping'; given = @{ ecko = 'x' }; fqid = 'NamedParameterNotFound,Invoke-HvCall' },
            @{ what = 'an argument cut short'; call = 'vm.start'; given = @{ vm = 'x' }; fqid = 'NamedParameterNotFound,Invoke-HvCall' },
            @{ what = 'a missing argument'; call = 'dir.list'; given = @{}; fqid = 'MissingMandatoryParameter,Invoke-HvCall' }
        ) {
            $answer = Invoke-Request -Call $call -Arguments $given
            $answer.ok | Should -BeFalse
            $answer.error.fqid | Should -Be $fqid
        }

        It 'keeps arrays of one and of none as arrays' {
            $json = Invoke-HvRequest -Line '{"id":1,"call":"vm.list","args":{}}'
            $json | Should -Match '"vms":\[\]'
            [void](New-TestVm)
            Invoke-HvRequest -Line '{"id":1,"call":"vm.list","args":{}}' | Should -Match '"vms":\[\{'
        }
    }

    Context 'errors' {
        It 'takes the number of a Win32 error' {
            $record = New-Object -TypeName System.Management.Automation.ErrorRecord -ArgumentList @((New-Object -TypeName System.ComponentModel.Win32Exception -ArgumentList 32), 'x', 'NotSpecified', $null)
            (ConvertTo-HvErrorValue -Record $record)['hresult'] | Should -Be '0x80070020'
        }

        It 'takes the number of an inner error' {
            $inner = New-Object -TypeName System.IO.FileNotFoundException -ArgumentList 'inner'
            $outer = New-Object -TypeName System.InvalidOperationException -ArgumentList @('outer', $inner)
            $record = New-Object -TypeName System.Management.Automation.ErrorRecord -ArgumentList @($outer, 'x', 'NotSpecified', $null)
            $value = ConvertTo-HvErrorValue -Record $record
            $value['hresult'] | Should -Be '0x80070002'
            $value['message'] | Should -Be "outer`ninner"
        }

        It 'takes the number in parentheses where there is no other' {
            Set-StandInFault -Command 'Start-VM' -Id 'OutOfMemory' -Message 'Kein Speicher. (0x8007000E)'
            $vmId = (New-TestVm).value.vmId
            $answer = Invoke-Request -Call 'vm.start' -Arguments @{ vmId = $vmId }
            $answer.error.fqid | Should -Be 'OutOfMemory,Microsoft.HyperV.PowerShell.Commands.StartVM'
            $answer.error.hresult | Should -Be '0x8007000e'
        }

        It 'names a missing module as a missing command, not as a missing object' {
            $record = $null
            try { NoSuchModule\Get-Thing } catch { $record = $_ }
            (ConvertTo-HvErrorValue -Record $record)['fqid'] | Should -Be 'CommandNotFoundException'
        }

        It 'gives the number that a WMI method has answered' {
            $vmId = (New-TestVm).value.vmId
            $answer = Invoke-Request -Call 'display.capture' -Arguments @{ vmId = $vmId; width = 8; height = 8 }
            $answer.error.hresult | Should -Be '32775'
            $answer.error.command | Should -Be 'Msvm_VirtualSystemManagementService.GetVirtualSystemThumbnailImage'
        }
    }

    Context 'states' {
        It 'folds <state> into <power>' -ForEach @(
            @{ state = 'Off'; power = 'off' }, @{ state = 'Resuming'; power = 'starting' }, @{ state = 'Pausing'; power = 'saving' },
            @{ state = 'FastSaved'; power = 'saved' }, @{ state = 'RunningCritical'; power = 'critical' }, @{ state = 'Other'; power = 'critical' }
        ) {
            ConvertTo-HvPower -State $state | Should -Be $power
        }

        It 'folds the number <number> with health <health> into <power>' -ForEach @(
            @{ number = 2; health = 5; power = 'running' }, @{ number = 3; health = 5; power = 'off' }, @{ number = 6; health = 5; power = 'saved' },
            @{ number = 32773; health = 5; power = 'saving' }, @{ number = 9; health = 25; power = 'critical' }, @{ number = 32785; health = 5; power = 'critical' }
        ) {
            ConvertTo-HvListedPower -EnabledState $number -HealthState $health | Should -Be $power
        }
    }

    Context 'services' {
        It 'says of <name> that it is <state>, starts <start>, and has <count> processes' -ForEach @(
            @{ name = 'vmms'; state = 'running'; start = 'automatic'; count = 1 },
            @{ name = 'vmicrdv'; state = 'stopped'; start = 'manual'; count = 0 },
            @{ name = 'vmcompute'; state = 'running'; start = 'disabled'; count = 0 },
            @{ name = 'hyperv-runner-pool'; state = 'missing'; start = $null; count = 0 }
        ) {
            $service = Get-Value -Call 'service.info' -Arguments @{ name = $name }
            $service.state | Should -Be $state
            $service.start | Should -Be $start
            @($service.processes).Count | Should -Be $count
        }

        It 'tells the command line of a service, and the processes of a program as whole numbers' {
            Invoke-HvRequest -Line '{"id":1,"call":"service.info","args":{"name":"vmms"}}' | Should -Match ([regex]::Escape('"path":"C:\\Windows\\system32\\vmms.exe","start":"automatic","processes":[2100]'))
        }
    }

    Context 'the watch' {
        It 'names the VM of an event, and no host' {
            $happened = { param($name) [pscustomobject]@{ SourceEventArgs = [pscustomobject]@{ NewEvent = [pscustomobject]@{ TargetInstance = [pscustomobject]@{ Name = $name } } } } }
            Get-HvWatchedId -Happened (& $happened 'AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE') | Should -BeExactly 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
            Get-HvWatchedId -Happened (& $happened 'HOST') | Should -BeNullOrEmpty
        }

        It 'ends when its subscription does' {
            $failed = [pscustomobject]@{ SourceEventArgs = [pscustomobject]@{ Exception = (New-Object -TypeName System.InvalidOperationException -ArgumentList 'gone') } }
            { Get-HvWatchedId -Happened $failed } | Should -Throw -ExpectedMessage 'gone'
        }
    }
}
