# Run by: Invoke-Pester -Path tests/powershell (Pester 5; Windows PowerShell 5.1, or PowerShell 7 on any system).

BeforeAll {
    . (Join-Path -Path $PSScriptRoot -ChildPath 'Setup.ps1')

    function New-TestSwitch {
        param([hashtable]$Change = @{})
        $wanted = @{ name = 'hvpool'; gateway = '192.168.240.1'; prefixLength = 24; nat = @{ name = 'hvpool'; subnet = '192.168.240.0/24' } }
        foreach ($key in $Change.Keys) { $wanted[$key] = $Change[$key] }
        Invoke-Request -Call 'switch.create' -Arguments $wanted
    }

    function Get-TestSwitch {
        param([string]$Name = 'hvpool')
        Get-Value -Call 'switch.info' -Arguments @{ name = $Name }
    }
}

AfterAll {
    Remove-Item -LiteralPath $script:Root -Recurse -Force
    $env:HVPOOL_STAND_IN = ''
}

Describe 'an internal switch with NAT' {
    BeforeEach {
        Reset-Host
    }

    It 'is made once, and found as it was made' {
        @((New-TestSwitch).value.made) | Should -Be @('switch', 'address', 'nat')
        $again = New-TestSwitch
        $again.ok | Should -BeTrue
        @($again.value.made).Count | Should -Be 0
        $info = Get-TestSwitch
        $info.switch.type | Should -Be 'internal'
        $again.value.switchId | Should -Be $info.switch.id
        @($info.vms).Count | Should -Be 0
        $own = @($info.addresses | Where-Object { $_.own })
        $own.Count | Should -Be 1
        "$($own[0].address)/$($own[0].prefixLength)" | Should -Be '192.168.240.1/24'
        @($info.addresses | ForEach-Object { $_.address }) | Should -Not -Contain '127.0.0.1'
        @($info.addresses | ForEach-Object { $_.address }) | Should -Contain '10.20.30.40'
        "$($info.nats[0].name) $($info.nats[0].subnet)" | Should -Be 'hvpool 192.168.240.0/24'
    }

    It 'is not there before it is made' {
        $info = Get-TestSwitch
        $info.switch | Should -BeNullOrEmpty
        @($info.nats).Count | Should -Be 0
        @($info.addresses | Where-Object { $_.own }).Count | Should -Be 0
    }

    It 'is completed when a part of it is missing' {
        [void](New-TestSwitch)
        Edit-StandIn -Do { param($state) $state.Nats = @(); $state.Addresses = @($state.Addresses | Where-Object { $_.Address -ne '192.168.240.1' }) }
        @((New-TestSwitch).value.made) | Should -Be @('address', 'nat')
    }

    It 'is refused with other values, and nothing is changed' -ForEach @(
        @{ change = @{ gateway = '192.168.240.2' }; says = '192\.168\.240\.1/24' }
        @{ change = @{ prefixLength = 20 }; says = '192\.168\.240\.1/24' }
        @{ change = @{ nat = @{ name = 'hvpool'; subnet = '192.168.0.0/16' } }; says = 'one NAT only' }
        @{ change = @{ nat = @{ name = 'other'; subnet = '192.168.240.0/24' } }; says = 'one NAT only' }
        @{ change = @{ name = 'Lab [1]*' }; says = 'not internal' }
    ) {
        [void](New-TestSwitch)
        $before = ConvertTo-Json -InputObject (Get-TestSwitch) -Depth 5
        $answer = New-TestSwitch -Change $change
        $answer.ok | Should -BeFalse
        $answer.error.fqid | Should -Match '^InvalidParameter,'
        $answer.error.message | Should -Match $says
        ConvertTo-Json -InputObject (Get-TestSwitch) -Depth 5 | Should -Be $before
    }

    It 'refuses a second NAT on the host' {
        Edit-StandIn -Do { param($state) $state.Nats = @(@{ Name = 'DockerNAT'; Subnet = '10.0.75.0/24' }) }
        $answer = New-TestSwitch
        $answer.error.message | Should -Match 'DockerNAT.*10\.0\.75\.0/24.*one NAT only'
        (Get-TestSwitch).switch | Should -BeNullOrEmpty
    }

    It 'takes everything back when <command> fails' -ForEach @(@{ command = 'New-NetIPAddress' }, @{ command = 'New-NetNat' }) {
        Set-StandInFault -Command $command -Id 'Windows System Error 87' -Category 'InvalidArgument' -Message 'Falscher Parameter.'
        $answer = New-TestSwitch
        $answer.error.fqid | Should -Be "Windows System Error 87,$command"
        $info = Get-TestSwitch
        $info.switch | Should -BeNullOrEmpty
        @($info.nats).Count | Should -Be 0
    }

    It 'takes back the address alone where the switch was there' {
        [void](New-TestSwitch)
        Edit-StandIn -Do { param($state) $state.Nats = @(); $state.Addresses = @($state.Addresses | Where-Object { $_.Address -ne '192.168.240.1' }) }
        Set-StandInFault -Command 'New-NetNat' -Id 'Windows System Error 87' -Category 'InvalidArgument' -Message 'Falscher Parameter.'
        (New-TestSwitch).ok | Should -BeFalse
        $info = Get-TestSwitch
        $info.switch.name | Should -Be 'hvpool'
        @($info.addresses | Where-Object { $_.own }).Count | Should -Be 0
    }

    It 'is removed with its NAT, and again without an error' {
        [void](New-TestSwitch)
        foreach ($twice in @(1, 2)) {
            [void](Get-Value -Call 'switch.remove' -Arguments @{ name = 'hvpool'; nat = 'hvpool' })
        }
        $info = Get-TestSwitch
        $info.switch | Should -BeNullOrEmpty
        @($info.nats).Count | Should -Be 0
        @($info.addresses | ForEach-Object { $_.address }) | Should -Not -Contain '192.168.240.1'
    }

    It 'is not removed while a machine is on it, and others are not removed at all' {
        [void](New-TestSwitch)
        [void](New-TestVm -Change @{ switchName = 'hvpool'; name = 'runner-1' })
        @((Get-TestSwitch).vms) | Should -Be @('runner-1')
        $answer = Invoke-Request -Call 'switch.remove' -Arguments @{ name = 'hvpool'; nat = 'hvpool' }
        $answer.error.fqid | Should -Match '^InvalidState'
        $answer.error.message | Should -Match 'runner-1'
        @((Get-TestSwitch).nats).Count | Should -Be 1
        foreach ($name in @('Standardswitch', 'Lab [1]*')) {
            (Invoke-Request -Call 'switch.remove' -Arguments @{ name = $name }).error.fqid | Should -Match '^InvalidParameter'
        }
    }
}
