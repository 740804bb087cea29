# WMI by CIM: Hyper-V's namespace, its management service, method answers, jobs.

function Get-HvInstance {
    # Instances of a class in Hyper-V's namespace. Filter is WQL; what is put into one is a GUID and nothing else.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$ClassName,

        [string]$Filter = ''
    )

    if ($Filter -eq '') {
        Get-CimInstance -Namespace 'root\virtualization\v2' -ClassName $ClassName -OperationTimeoutSec 25
    }
    else {
        Get-CimInstance -Namespace 'root\virtualization\v2' -ClassName $ClassName -Filter $Filter -OperationTimeoutSec 25
    }
}

function Get-HvDevice {
    # The one device of a class that a VM has, such as its keyboard; an error where the VM or the device is missing.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$ClassName
    )

    $system = Get-HvSystem -VmId $VmId
    $name = [string]$system.Name
    $found = @(Get-HvInstance -ClassName $ClassName -Filter "SystemName = '$name'" | Where-Object -FilterScript { $null -ne $_ })
    if ($found.Count -eq 0) {
        throw (New-HvError -Message "The virtual machine $VmId has no $ClassName now." -Id "InvalidState,$ClassName" -Category InvalidOperation -Target $VmId)
    }
    return $found[0]
}

function Get-HvSystem {
    # A VM as WMI knows it. Its name there is its id in upper case.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $name = $VmId.ToString('D').ToUpperInvariant()
    $found = @(Get-HvInstance -ClassName 'Msvm_ComputerSystem' -Filter "Name = '$name'" | Where-Object -FilterScript { $null -ne $_ })
    if ($found.Count -eq 0) {
        throw (New-HvError -Message "There is no virtual machine with the id $VmId." -Id 'ObjectNotFound,Msvm_ComputerSystem' -Category ObjectNotFound -Target $VmId)
    }
    return $found[0]
}

function Get-HvManagementService {
    # Hyper-V's management service: one instance.
    [CmdletBinding()]
    param()

    $found = @(Get-HvInstance -ClassName 'Msvm_VirtualSystemManagementService' | Where-Object -FilterScript { $null -ne $_ })
    if ($found.Count -eq 0) {
        throw (New-HvError -Message 'Hyper-V''s management service does not answer.' -Id 'ResourceUnavailable,Msvm_VirtualSystemManagementService' -Category ResourceUnavailable)
    }
    return $found[0]
}

function Assert-HvAnswer {
    # Ends the call where a method or its job has answered with another number than 0, and says which number.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [long]$Number,

        [Parameter(Mandatory)]
        [string]$Method,

        [string]$Target = '',

        [string]$Text = ''
    )

    if ($Number -ne 0) {
        $message = "$Method was answered with $Number. $Text".TrimEnd()
        throw (New-HvError -Message $message -Id "WmiReturnValue,$Method" -Category InvalidResult -Target $Target -Command $Method -Number ([string]$Number))
    }
}

function Invoke-HvMethod {
    # Calls a WMI method, waits for its job where it starts one (25 s at most), and ends the call unless it went well.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$InputObject,

        [Parameter(Mandatory)]
        [string]$ClassName,

        [Parameter(Mandatory)]
        [string]$Method,

        [Parameter(Mandatory)]
        [hashtable]$Arguments,

        [string]$Target = ''
    )

    $answer = Invoke-CimMethod -InputObject $InputObject -MethodName $Method -Arguments $Arguments -OperationTimeoutSec 25 -Confirm:$false
    $number = [long](Get-HvValue -InputObject $answer -Name 'ReturnValue')
    $text = ''
    if ($number -eq 4096) {
        $number = 32772
        $job = Get-HvValue -InputObject $answer -Name 'Job'
        for ($try = 0; $try -lt 100; $try++) {
            $state = Get-CimInstance -InputObject $job -OperationTimeoutSec 25
            # 7: done. 32768: done, with warnings. Anything else from 8 on: ended without success.
            if ([int]$state.JobState -eq 7 -or [int]$state.JobState -eq 32768) {
                $number = 0
                break
            }
            if ([int]$state.JobState -gt 7) {
                $number = [long]$state.ErrorCode
                $text = [string]$state.ErrorDescription
                if ($number -eq 0) {
                    $number = 32768
                }
                break
            }
            Start-Sleep -Milliseconds 250
        }
    }
    Assert-HvAnswer -Number $number -Method "$ClassName.$Method" -Target $Target -Text $text
    return $answer
}
