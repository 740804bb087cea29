# Calls about a VM's console: picture, keyboard, mouse. Nothing is needed in the guest.

function Invoke-HvDisplaySize {
    # display.size. There may be several heads, of which one has a picture; without a picture there is no size.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $name = [string](Get-HvSystem -VmId $VmId).Name
    $width = 0
    $height = 0
    foreach ($head in @(Get-HvInstance -ClassName 'Msvm_VideoHead' -Filter "SystemName = '$name'")) {
        if ([int]$head.CurrentHorizontalResolution -gt 0 -and [int]$head.CurrentVerticalResolution -gt 0) {
            $width = [int]$head.CurrentHorizontalResolution
            $height = [int]$head.CurrentVerticalResolution
        }
    }
    return [ordered]@{ width = $width; height = $height }
}

function Invoke-HvDisplayCapture {
    # display.capture. The picture is of the VM's own settings, not of one of its checkpoints.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [int]$Width,

        [Parameter(Mandatory)]
        [int]$Height
    )

    $name = [string](Get-HvSystem -VmId $VmId).Name
    $service = Get-HvManagementService
    $settings = @(Get-HvInstance -ClassName 'Msvm_VirtualSystemSettingData' -Filter "VirtualSystemIdentifier = '$name' AND VirtualSystemType = 'Microsoft:Hyper-V:System:Realized'")
    if ($settings.Count -eq 0) {
        throw (New-HvError -Message "The virtual machine $VmId has no settings." -Id 'ObjectNotFound,Msvm_VirtualSystemSettingData' -Category ObjectNotFound -Target $VmId)
    }
    $arguments = @{ TargetSystem = $settings[0]; WidthPixels = [uint16]$Width; HeightPixels = [uint16]$Height }
    $answer = Invoke-HvMethod -InputObject $service -ClassName 'Msvm_VirtualSystemManagementService' -Method 'GetVirtualSystemThumbnailImage' -Arguments $arguments -Target $VmId
    # Not through a function: a million bytes would come out one by one.
    $bytes = [byte[]]$answer.ImageData
    if ($null -eq $bytes) {
        Assert-HvAnswer -Number 32775 -Method 'Msvm_VirtualSystemManagementService.GetVirtualSystemThumbnailImage' -Target $VmId -Text 'There is no picture.'
    }
    $memory = New-Object -TypeName System.IO.MemoryStream
    $deflate = New-Object -TypeName System.IO.Compression.DeflateStream -ArgumentList @($memory, [System.IO.Compression.CompressionLevel]::Fastest, $true)
    $deflate.Write($bytes, 0, $bytes.Length)
    $deflate.Dispose()
    return [ordered]@{
        width    = $Width
        height   = $Height
        format   = 'rgb565'
        encoding = 'deflate+base64'
        data     = [System.Convert]::ToBase64String($memory.ToArray())
    }
}

function Invoke-HvDisplayType {
    # display.type
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$Text
    )

    $keyboard = Get-HvDevice -VmId $VmId -ClassName 'Msvm_Keyboard'
    [void](Invoke-HvMethod -InputObject $keyboard -ClassName 'Msvm_Keyboard' -Method 'TypeText' -Arguments @{ asciiText = $Text } -Target $VmId)
    return [ordered]@{}
}

function Invoke-HvDisplayKeys {
    # display.keys. Keys that this call has pressed are released when one of its steps fails.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [object[]]$Keys
    )

    $methods = @{ tap = 'TypeKey'; press = 'PressKey'; release = 'ReleaseKey' }
    $keyboard = Get-HvDevice -VmId $VmId -ClassName 'Msvm_Keyboard'
    $held = New-Object -TypeName System.Collections.ArrayList
    try {
        foreach ($key in $Keys) {
            if ($key.action -eq 'ctrl-alt-del') {
                [void](Invoke-HvMethod -InputObject $keyboard -ClassName 'Msvm_Keyboard' -Method 'TypeCtrlAltDel' -Arguments @{} -Target $VmId)
                continue
            }
            $code = [uint32]$key.code
            if ($key.action -eq 'press') {
                [void]$held.Add($code)
            }
            [void](Invoke-HvMethod -InputObject $keyboard -ClassName 'Msvm_Keyboard' -Method $methods[[string]$key.action] -Arguments @{ keyCode = $code } -Target $VmId)
            if ($key.action -eq 'release') {
                $held.Remove($code)
            }
        }
    }
    catch {
        $cause = $_
        foreach ($code in $held) {
            # Whether they could be released changes nothing: the answer is what went wrong first.
            [void](Invoke-CimMethod -InputObject $keyboard -MethodName 'ReleaseKey' -Arguments @{ keyCode = $code } -OperationTimeoutSec 5 -Confirm:$false -ErrorAction SilentlyContinue)
        }
        throw $cause
    }
    return [ordered]@{}
}

function Invoke-HvDisplayScancodes {
    # display.scancodes
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [int[]]$Codes
    )

    $keyboard = Get-HvDevice -VmId $VmId -ClassName 'Msvm_Keyboard'
    [void](Invoke-HvMethod -InputObject $keyboard -ClassName 'Msvm_Keyboard' -Method 'TypeScancodes' -Arguments @{ scancodes = [byte[]]$Codes } -Target $VmId)
    return [ordered]@{}
}

function Invoke-HvDisplayMouse {
    # display.mouse. Positions are in pixels of the display; buttons count from 1.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [object[]]$Steps
    )

    $mouse = Get-HvDevice -VmId $VmId -ClassName 'Msvm_SyntheticMouse'
    foreach ($step in $Steps) {
        $method = ''
        $arguments = @{}
        switch ([string]$step.action) {
            'move' {
                $method = 'SetAbsolutePosition'
                $arguments = @{ horizontalPosition = [int]$step.x; verticalPosition = [int]$step.y }
            }
            'click' {
                $method = 'ClickButton'
                $arguments = @{ buttonIndex = [uint32]$step.button }
            }
            'press' {
                $method = 'SetButtonState'
                $arguments = @{ buttonIndex = [uint32]$step.button; isDown = $true }
            }
            'release' {
                $method = 'SetButtonState'
                $arguments = @{ buttonIndex = [uint32]$step.button; isDown = $false }
            }
            'scroll' {
                $method = 'SetScrollPosition'
                $arguments = @{ scrollPositionDelta = [int]$step.delta }
            }
            'wait' {
                Start-Sleep -Milliseconds ([int]$step.ms)
            }
        }
        if ($method -ne '') {
            [void](Invoke-HvMethod -InputObject $mouse -ClassName 'Msvm_SyntheticMouse' -Method $method -Arguments $arguments -Target $VmId)
        }
    }
    return [ordered]@{}
}
